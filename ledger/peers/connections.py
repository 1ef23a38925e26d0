"""Connections to hosts that strangers name: to allowed addresses only, and never for long.

A timeout of a socket counts silence. Whoever sends a byte now and then, in the headers or after the
body, would hold a thread for days; here the whole answer has to keep to a pace.
"""

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from threading import Lock
from typing import Any
from weakref import WeakSet

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError

from ledger.peers.addresses import AddressPolicy

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
"""Silence after which a connection is given up."""

GRACE_SECONDS = 20.0
SLOWEST_BYTES_PER_SECOND = 16 * 1024
"""An answer may be late by the first, and then has to come at the second: what a TCP connection
carries over 300 ms with 1 % loss, and a third of it again."""

CONNECTIONS = 16
"""Kept open per host."""

_BUFFER_BYTES = 64 * 1024

_until: ContextVar[float] = ContextVar("until")


class TooSlowError(TimeoutError):
    """An answer does not keep to the pace."""


@contextmanager
def until(moment: float) -> Iterator[None]:
    """Requests made meanwhile have to be answered by then, in seconds of `time.monotonic`."""
    token = _until.set(moment)
    try:
        yield
    finally:
        _until.reset(token)


class Guard:
    """What connections ask before they are made, and who can break them off.

    Args:
        policy: what may be connected to.
    """

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._answers: WeakSet[_Answer] = WeakSet()
        self._lock = Lock()
        self.is_closed = False

    def connect(self, connection: HTTPConnection) -> socket.socket:
        """A socket to an allowed address of the connection's host.

        Raises:
            ForbiddenAddressError: it has none.
            NewConnectionError: none of them answers.
        """
        problem: OSError | None = None
        try:
            for info in self._policy.resolve(connection.host, connection.port):
                try:
                    return _connected(*info)
                except OSError as error:
                    problem = error
        except OSError as error:
            problem = error
        raise NewConnectionError(connection, f"{problem}") from problem

    def watch(self, answer: "_Answer") -> None:
        """Break this answer off when the guard closes."""
        with self._lock:
            self._answers.add(answer)
        if self.is_closed:
            answer.break_off()

    def close(self) -> None:
        """Break off every answer that is under way."""
        with self._lock:
            self.is_closed = True
            under_way = list(self._answers)
        for answer in under_way:
            answer.break_off()


class _Answer(io.RawIOBase):
    """The bytes of an answer, as long as they keep to the pace."""

    def __init__(self, connection: socket.socket, stream: io.RawIOBase) -> None:
        self._connection = connection
        self._stream = stream
        self._began = time.monotonic()
        self._end = _until.get(self._began + GRACE_SECONDS)
        self._received = 0

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def readinto(self, buffer: Any) -> int | None:
        owed = self._began + GRACE_SECONDS + self._received / SLOWEST_BYTES_PER_SECOND
        left = min(owed, self._end) - time.monotonic()
        if left <= 0:
            raise TooSlowError
        self._connection.settimeout(min(left, READ_SECONDS))
        received = self._stream.readinto(buffer)
        self._received += received or 0
        return received

    def close(self) -> None:
        self._stream.close()
        super().close()

    def break_off(self) -> None:
        """Let whoever waits for more wait no longer."""
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended


def adapter(guard: Guard) -> HTTPAdapter:
    """Gives a session of `requests` connections that ask a guard."""

    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
            super().__init__(sock, *args, **options)
            answer = _Answer(sock, self.fp.detach())
            guard.watch(answer)
            self.fp = io.BufferedReader(answer, _BUFFER_BYTES)

    class Plain(HTTPConnection):
        response_class = Response

        def _new_conn(self) -> socket.socket:
            return guard.connect(self)

    class OverTLS(HTTPSConnection):
        response_class = Response

        def _new_conn(self) -> socket.socket:
            return guard.connect(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TLSPool(HTTPSConnectionPool):
        ConnectionCls = OverTLS

    made = HTTPAdapter(pool_connections=64, pool_maxsize=CONNECTIONS)
    made.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TLSPool}
    return made


def _connected(
    family: int, kind: int, protocol: int, _name: str, address: tuple[Any, ...]
) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    try:
        made.settimeout(CONNECT_SECONDS)
        made.connect(address)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        made.close()
        raise
    return made
