"""A development chain over HTTP, on loopback: pages of this machine read it, none changes it."""

import ipaddress
import signal
import socket
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from types import FrameType
from types import MappingProxyType
from typing import Self

import structlog

from ledger.chain.devchain import web_pages
from ledger.chain.devchain.chain import DevChain
from ledger.errors import SettingsError

MAX_REQUEST_BYTES = 5 * 1024 * 1024
"""A longer request body is refused; geth has the same limit."""

_IDLE_SECONDS = 60

_log = structlog.get_logger(__name__)


class RunningServer:
    """A chain being served by a thread of its own.

    Attributes:
        url: where clients reach it, such as ``http://127.0.0.1:8545``.
        own_url: the same with the chain's genesis hash as its path. It is answered for this chain
            only: should another take over the port, its server says 404.
    """

    def __init__(self, chain: DevChain, host: str, port: int) -> None:
        self._server = _ChainServer(chain, host, port)
        self.url = f"http://{_in_url(host)}:{self._server.server_address[1]}"
        self.own_url = self.url + self._server.own_path
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="devchain-rpc", kwargs={"poll_interval": 0.1}
        )
        self._thread.start()

    def close(self) -> None:
        """Take no more requests, finish those under way, and end the threads.

        The chain stays open: whoever opened it closes it.
        """
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
        self._server.server_close()

    def __enter__(self) -> Self:
        """The server itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def serve(chain: DevChain, host: str = "127.0.0.1", port: int = 0) -> RunningServer:
    """Serve a chain as JSON-RPC over HTTP; port 0 lets the system choose one.

    Raises:
        SettingsError: the host is not a loopback address (anybody could spend from the accounts),
            or the port is taken.
    """
    if not _is_loopback(host):
        raise SettingsError(
            f"the development chain is not served on {host}",
            hint="Its keys are public. Use 127.0.0.1, and a tunnel if it must be reached.",
        )
    try:
        return RunningServer(chain, host, port)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host} port {port}: {error.strerror}",
            hint="Choose another port, or 0 for any that is free.",
        ) from error


def serve_until_stopped(
    chain: DevChain,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    ready: Callable[[RunningServer], None] = lambda _: None,
) -> None:
    """Serve in the foreground until SIGTERM or SIGINT; for the main thread of a process.

    Args:
        chain: what is served.
        host: as in :func:`serve`.
        port: as in :func:`serve`.
        ready: called once requests are answered.

    Raises:
        SettingsError: as :func:`serve`.
    """
    with _stop_signals() as stopped, serve(chain, host, port) as server:
        ready(server)
        stopped.wait()


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    previous = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)


class _ChainServer(ThreadingHTTPServer):
    # Threads are joined on closing, so that an answer under way still goes out.
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, chain: DevChain, host: str, port: int) -> None:
        self.chain = chain
        self.own_path = f"/0x{chain.genesis_hash.hex()}"
        self._closing = False
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)
        served = self.server_address[1]
        self.allowed_hosts = frozenset(
            f"{name}:{served}" for name in (_in_url(host), "localhost", "127.0.0.1", "[::1]")
        )

    def opened(self, connection: socket.socket) -> None:
        with self._connections_lock:
            self._connections.add(connection)
            if self._closing:
                _end_of_requests(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._connections_lock:
            self._connections.discard(connection)

    def close_connections(self) -> None:
        """Let idle keep-alive connections end; what is being answered can still be written."""
        with self._connections_lock:
            self._closing = True
            for connection in self._connections:
                _end_of_requests(connection)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """A client that goes away is its own business; anything else is a fault of this server."""
        if not isinstance(sys.exception(), OSError):
            _log.exception("devchain_request_failed")


class _Handler(BaseHTTPRequestHandler):
    server: _ChainServer
    protocol_version = "HTTP/1.1"
    server_version = "perfledger"
    sys_version = ""
    timeout = _IDLE_SECONDS
    wbufsize = -1  # header and body leave in one packet
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def do_POST(self) -> None:
        refusal = self._refusal()
        if refusal is not None:
            self._refuse(*refusal)
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        chain, origin = self.server.chain, self._origin
        answer = chain.handle_bytes(body) if origin is None else chain.read_bytes(body)
        permitted = {} if origin is None else web_pages.permission(origin)
        self._answer(HTTPStatus.OK, answer, "application/json", permitted)

    def do_OPTIONS(self) -> None:
        """What a browser asks before it lets a page post."""
        if refusal := self._wrong_address():
            # As BaseHTTPRequestHandler answers a method that is not there.
            self._refuse(HTTPStatus.NOT_IMPLEMENTED, refusal[1])
        elif (origin := self._origin) is None:
            self._refuse(HTTPStatus.NOT_IMPLEMENTED, "only browsers ask for this")
        else:
            self._answer(HTTPStatus.OK, b"", "text/plain", web_pages.preflight(origin))

    @property
    def _origin(self) -> str | None:
        """The page that asks, as its browser names it; None for programs."""
        origin: str | None = self.headers.get("Origin")
        return origin

    def _refusal(self) -> tuple[HTTPStatus, str] | None:
        return self._wrong_address() or self._wrong_body()

    def _wrong_address(self) -> tuple[HTTPStatus, str] | None:
        # A page whose name was rebound to 127.0.0.1 still sends its own name here.
        if self.headers.get("Host", "").lower() not in self.server.allowed_hosts:
            return HTTPStatus.FORBIDDEN, "this Host is not served"
        if self._origin is not None and not web_pages.is_of_this_machine(self._origin):
            return HTTPStatus.FORBIDDEN, "requests from web pages are not served"
        if self.path.partition("?")[0] not in {"/", self.server.own_path}:
            return HTTPStatus.NOT_FOUND, "another chain is served here"
        return None

    def _wrong_body(self) -> tuple[HTTPStatus, str] | None:
        # A form could send another type without the browser asking first.
        if self.headers.get_content_type() != "application/json":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "want Content-Type: application/json"
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return HTTPStatus.LENGTH_REQUIRED, "want a Content-Length"
        if int(length) > MAX_REQUEST_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_REQUEST_BYTES} bytes"
        return None

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        # The body was not read, so the connection cannot carry another request.
        self.close_connection = True
        self._answer(status, f"{reason}\n".encode(), "text/plain; charset=utf-8")

    def _answer(
        self,
        status: HTTPStatus,
        body: bytes,
        content_type: str,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Requests are not logged: there are many, and they hold nothing worth keeping."""


def _end_of_requests(connection: socket.socket) -> None:
    # The client may be gone already.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
