"""The process between the hosts: it holds, drops and hands on their packets.

    python -m bench.network.emulator

`EmulatedNetwork` starts it. It reads lines of JSON: first a plan (hosts with the descriptors of
their devices, regions, conditions), then ``conditions`` or ``report``, which it answers with a line
each. It ends with its input, so that it never outlives who started it.
"""

import errno
import gc
import heapq
import json
import os
import select
import time
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from io import FileIO
from io import RawIOBase
from random import Random
from typing import Any

from bench.network.lateness import Lateness
from bench.network.paths import Conditions
from bench.network.paths import Path
from bench.network.paths import Uplink

LARGEST_PACKET = 2_048
READS_PER_TURN = 64
"""Packets taken from one host before the others, and what is due, have their turn."""

WAKE_BEFORE_SECONDS = 0.00003
"""A sleep ends this much earlier: waking up takes the kernel about as long."""

IPV4 = 4
TARGET = slice(16, 20)
"""Where an IPv4 packet says whom it is for (RFC 791, section 3.1)."""


@dataclass
class Counts:
    """Packets and bytes, by what became of them."""

    taken: int = 0
    bytes_taken: int = 0
    delivered: int = 0
    bytes_delivered: int = 0
    lost: int = 0
    over_rate: int = 0
    strays: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Attached:
    """A host as the emulator knows it."""

    device: int
    region: str
    uplink: Uplink | None
    paths: dict[bytes, tuple[Path, int]] = field(default_factory=dict)


class Emulator:
    """Reads devices, keeps packets until they are due, writes devices.

    Args:
        orders: unbuffered; the plan first.
    """

    def __init__(self, orders: RawIOBase) -> None:
        self._orders = orders
        plan = json.loads(orders.readline())
        self._draw = Random(plan["seed"])
        self._hosts = {
            bytes(map(int, host["address"].split("."))): Attached(
                host["device"],
                host["region"],
                Uplink(host["bytes_per_second"]) if host["bytes_per_second"] else None,
            )
            for host in plan["hosts"]
        }
        self._by_device = {host.device: host for host in self._hosts.values()}
        self._held: list[tuple[float, int, int, bytes]] = []
        self._number = 0
        self._counts = Counts()
        self._lateness = Lateness()
        self.set_conditions(plan["conditions"])

    def set_conditions(self, rows: list[list[Any]]) -> None:
        """From now on; what is on its way is not concerned."""
        between = {(one, other): Conditions(*each) for one, other, *each in rows}
        for host in self._hosts.values():
            for address, other in self._hosts.items():
                path = Path(between[host.region, other.region], self._draw)
                host.paths[address] = (path, other.device)

    def report(self) -> dict[str, Any]:
        """What was counted since the start."""
        return {
            **vars(self._counts),
            "held": len(self._held),
            "lateness": self._lateness.counts(),
            "cpu_seconds": time.process_time(),
        }

    def run(self) -> None:
        """Until there are no orders any more."""
        control = self._orders.fileno()
        waiting = select.epoll()
        waiting.register(control, select.EPOLLIN)
        for device in self._by_device:
            waiting.register(device, select.EPOLLIN)
        while True:
            self._sleep(waiting)
            for device, _ in waiting.poll(0):
                if device != control:
                    self._take(device)
                elif not self._obey():
                    return
            self._deliver()

    def _sleep(self, waiting: select.epoll) -> None:
        # epoll's own timeout counts whole milliseconds; select's counts microseconds.
        if not self._held:
            select.select([waiting], [], [])
            return
        pause = self._held[0][0] - time.monotonic() - WAKE_BEFORE_SECONDS
        if pause > 0:
            select.select([waiting], [], [], pause)

    def _take(self, device: int) -> None:
        host = self._by_device[device]
        counts = self._counts
        for _ in range(READS_PER_TURN):
            try:
                packet = os.read(device, LARGEST_PACKET)
            except BlockingIOError:
                return
            now = time.monotonic()
            counts.taken += 1
            counts.bytes_taken += len(packet)
            route = host.paths.get(packet[TARGET]) if packet[0] >> 4 == IPV4 else None
            if route is None:
                counts.strays += 1
                continue
            sent = now if host.uplink is None else host.uplink.sent(now, len(packet))
            if sent is None:
                counts.over_rate += 1
                continue
            path, target = route
            due = path.due(sent)
            if due is None:
                counts.lost += 1
                continue
            self._number += 1
            heapq.heappush(self._held, (due, self._number, target, packet))

    def _deliver(self) -> None:
        held, counts = self._held, self._counts
        while held and held[0][0] <= (now := time.monotonic()):
            due, _, device, packet = heapq.heappop(held)
            try:
                os.write(device, packet)
            except OSError as error:
                if error.errno not in {errno.EIO, errno.ENOBUFS, errno.EAGAIN, errno.EINVAL}:
                    raise
                counts.refused += 1
                continue
            counts.delivered += 1
            counts.bytes_delivered += len(packet)
            self._lateness.add(now - due)

    def _obey(self) -> bool:
        """Do what the next line says; False: there is none."""
        line = self._orders.readline()
        if not line:
            return False
        order = json.loads(line)
        if "conditions" in order:
            self.set_conditions(order["conditions"])
        print(json.dumps(self.report()), flush=True)
        return True


def main() -> None:
    """Run until the input ends."""
    # Unbuffered, so that no order waits unseen in a buffer while the descriptor looks empty.
    emulator = Emulator(FileIO(0, closefd=False))
    gc.freeze()
    gc.disable()  # nothing here refers to itself, and a collection would hold packets up
    with suppress(PermissionError):
        os.nice(-15)
    print(json.dumps({"priority": os.nice(0)}), flush=True)
    emulator.run()


if __name__ == "__main__":
    main()
