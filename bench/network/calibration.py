"""What the emulator does to packets, measured by packets: round trips, loss, throughput."""

import socket
import statistics
import threading
import time
from dataclasses import dataclass

from bench.network.host import Host

ECHO_PORT = 7007
TRANSFER_PORT = 7008
WAIT_SECONDS = 5.0
PACE_SECONDS = 0.0005
BLOCK = 1 << 16


@dataclass(frozen=True)
class Echoes:
    """Datagrams sent to a host and back.

    Attributes:
        sent: how many.
        round_trips: seconds of each that came back.
    """

    sent: int
    round_trips: list[float]

    @property
    def loss(self) -> float:
        """Share that did not come back, both ways together."""
        return 1 - len(self.round_trips) / self.sent

    @property
    def median_seconds(self) -> float:
        """The typical round trip."""
        return statistics.median(self.round_trips)


def echo(one: Host, other: Host, count: int, pace_seconds: float = PACE_SECONDS) -> Echoes:
    """Send datagrams of 100 bytes from one host to another, which sends each back."""
    with other.entered(), one_socket(socket.SOCK_DGRAM) as far:
        far.bind((other.address, ECHO_PORT))
        thread = threading.Thread(target=_send_back, args=(far,), name="echo")
        thread.start()
        try:
            with one.entered(), one_socket(socket.SOCK_DGRAM) as near:
                near.bind((one.address, 0))
                return _exchange(near, (other.address, ECHO_PORT), count, pace_seconds)
        finally:
            with other.entered(), one_socket(socket.SOCK_DGRAM) as last:
                last.sendto(b"", (other.address, ECHO_PORT))
            thread.join()


def transfer(one: Host, other: Host, size: int) -> float:
    """Seconds to send so many bytes over one TCP connection, until the last one is read.

    Opening the connection is not counted.
    """
    with other.entered(), socket.create_server((other.address, TRANSFER_PORT)) as server:
        arrived: list[float] = []
        thread = threading.Thread(target=_read_all, args=(server, arrived), name="transfer")
        thread.start()
        with one.entered(), one_socket(socket.SOCK_STREAM) as sender:
            sender.settimeout(60)
            sender.connect((other.address, TRANSFER_PORT))
            began = time.monotonic()
            sender.sendall(bytes(size))
            sender.shutdown(socket.SHUT_WR)
            thread.join()
    (ended,) = arrived
    return ended - began


def one_socket(kind: socket.SocketKind) -> socket.socket:
    """An IPv4 socket, of the namespace this thread is in."""
    return socket.socket(socket.AF_INET, kind)


def _send_back(far: socket.socket) -> None:
    while True:
        data, sender = far.recvfrom(BLOCK)
        if not data:
            return
        far.sendto(data, sender)


def _exchange(
    near: socket.socket, target: tuple[str, int], count: int, pace_seconds: float
) -> Echoes:
    sent_at: dict[int, float] = {}
    round_trips: list[float] = []

    def listen() -> None:
        while len(round_trips) < count:
            try:
                data = near.recv(BLOCK)
            except TimeoutError:
                return
            round_trips.append(time.monotonic() - sent_at[int.from_bytes(data[:8], "big")])

    near.settimeout(WAIT_SECONDS)
    thread = threading.Thread(target=listen, name="echoes")
    thread.start()
    for number in range(count):
        sent_at[number] = time.monotonic()
        near.sendto(number.to_bytes(8, "big") + bytes(92), target)
        time.sleep(pace_seconds)
    thread.join()
    return Echoes(count, round_trips)


def _read_all(server: socket.socket, arrived: list[float]) -> None:
    with server.accept()[0] as connection:
        while connection.recv(BLOCK):
            pass
        arrived.append(time.monotonic())
