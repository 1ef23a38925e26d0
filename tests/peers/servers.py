"""Servers on loopback that behave as a test says, down to single bytes."""

import json
import socket
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs
from urllib.parse import urlsplit

from ledger.ipld.car import CARBlock
from ledger.ipld.car import write_car
from ledger.ipld.cid import CID
from ledger.record.cid import Digest
from ledger.record.cid import from_text
from ledger.store.blocks import Block

Answer = tuple[int, bytes] | None
"""Status and body; None: the connection is closed without a word."""


def car(*blocks: Block) -> bytes:
    return b"".join(write_car([], [CARBlock(CID.of(digest), data) for digest, data in blocks]))


@dataclass
class Request:
    """What was asked."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    headers: dict[str, str]

    @property
    def wanted(self) -> list[Digest]:
        """The blocks that are named in the body."""
        return [from_text(cid) for cid in json.loads(self.body)["cids"]]

    @property
    def root(self) -> Digest:
        """The block that is named in the path."""
        return from_text(self.path.removeprefix("/ipfs/"))


@dataclass
class Served:
    """A server, what was asked of it, and over how many connections."""

    url: str
    connections: int = 0
    asked: list[Request] = field(default_factory=list)


@contextmanager
def http_server(
    answer: Callable[[Request], Answer], *, host: str = "127.0.0.1", **headers: str
) -> Iterator[Served]:
    """A server whose answers a function gives; with the same headers on each."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(
                self.command, parts.path, parse_qs(parts.query), body, dict(self.headers)
            )
            served.asked.append(request)
            given = answer(request)
            if given is None:
                self.close_connection = True
                return
            status, content = given
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve  # noqa: N815 - named by the protocol

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def handle(self) -> None:
            served.connections += 1
            try:
                super().handle()
            except OSError:
                self.close_connection = True

    with _running(ThreadingHTTPServer((host, 0), Handler)) as server:
        served = Served(f"http://{host}:{server.server_address[1]}")
        yield served


@contextmanager
def _running(server: ThreadingHTTPServer) -> Iterator[ThreadingHTTPServer]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Raw:
    """A listening socket.

    Attributes:
        url: where it is.
        accepted: how many connections were made.
        stopped: set at the end of the test, so that no answer outlives it.
    """

    url: str
    accepted: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)


@contextmanager
def raw_server(
    speak: Callable[[socket.socket, threading.Event], None] = lambda *_: None,
    host: str = "127.0.0.1",
) -> Iterator[Raw]:
    """A socket that reads what is asked and then says what a function says."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.bind((host, 0))
    listening.listen()
    named = f"[{host}]" if ":" in host else host
    found = Raw(f"http://{named}:{listening.getsockname()[1]}")
    threads: list[threading.Thread] = []

    def talk(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65_536)
                speak(connection, found.stopped)
            except OSError:
                return  # who asked has gone

    def accept() -> None:
        while True:
            connection, _ = listening.accept()
            if found.stopped.is_set():
                connection.close()
                return
            found.accepted += 1
            threads.append(threading.Thread(target=talk, args=(connection,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield found
    finally:
        found.stopped.set()
        socket.create_connection(listening.getsockname()[:2]).close()
        accepting.join()
        for thread in threads:
            thread.join()
        listening.close()
