"""Listening on a port, and ending without cutting an answer short."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from types import FrameType
from typing import TypeVar

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.server import MultiSocketServer
from waitress.server import create_server

from ledger.errors import SettingsError
from webapp.operations.draining import Draining

WEB_THREADS = 32
"""Peers that read slowly hold a thread each, at most half of them (`serve_streams`); threads that
wait cost nearly nothing."""

BODY_MARGIN = 2
"""The server ends a request this many times as large as the app takes, unread. What is smaller
reaches the app, whose refusal says the limit and what to do."""

_BACKLOG = 1024
_LOOK_SECONDS = 0.05

Server = BaseWSGIServer | MultiSocketServer
Opened = TypeVar("Opened")


def listen(app: Flask, host: str, ports: Sequence[int]) -> Server:
    """An app on the first port that is free, in this process.

    Raises:
        SettingsError: none is.
    """

    def create(port: int) -> Server:
        return create_server(
            app,
            host=host,
            port=port,
            threads=WEB_THREADS,
            ident="perfledger",
            max_request_body_size=BODY_MARGIN * app.config["MAX_CONTENT_LENGTH"],
            clear_untrusted_proxy_headers=False,  # the app knows whom to believe
        )

    return _first_free(create, host, ports)


def open_socket(host: str, ports: Sequence[int]) -> socket.socket:
    """A socket that listens on the first port that is free, to hand on to other processes.

    Raises:
        SettingsError: none is.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET

    def create(port: int) -> socket.socket:
        address = (host.strip("[]"), port)
        return socket.create_server(address, family=family, backlog=_BACKLOG)

    return _first_free(create, host, ports)


def url_of(host: str, port: int) -> str:
    """Where an app is found that listens there."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def ports_for(usual: int, asked: int | None) -> Sequence[int]:
    """The port that was asked for, or the usual one, or any that is free."""
    return (asked,) if asked is not None else (usual, 0)


def port_of(server: Server) -> int:
    """The port; a name such as ``localhost`` stands for two addresses and so for two sockets."""
    if isinstance(server, MultiSocketServer):
        return server.effective_listen[0][1]
    assert server.socket is not None
    return int(server.socket.getsockname()[1])


def on_signals(act: Callable[[], None]) -> None:
    """Do something at the first SIGTERM or SIGINT; the second one ends the process at once."""
    told = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if told.is_set():
            raise SystemExit(0)
        told.set()
        act()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def end_gently(server: Server, draining: Draining, seconds: float) -> Callable[[], None]:
    """Has a server answer what it is answering, and end; to be given to `on_signals`."""

    def drain() -> None:
        deadline = time.monotonic() + seconds
        draining.drain(seconds)
        while _is_sending(server) and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    def begin() -> None:
        threading.Thread(target=drain, name="drain", daemon=True).start()

    return begin


def _is_sending(server: Server) -> bool:
    """Whether answers are on their way to clients: the app has given them, the server not yet."""
    channels = [each for each in list(_sockets(server)) if isinstance(each, HTTPChannel)]
    return any(each.total_outbufs_len or each.requests for each in channels)


def _sockets(server: Server) -> Iterable[object]:
    found: dict[int, object] = server._map  # type: ignore[union-attr]  # noqa: SLF001
    return found.values()


def _first_free(create: Callable[[int], Opened], host: str, ports: Sequence[int]) -> Opened:
    for place, number in enumerate(ports, start=1):
        try:
            return create(number)
        except OSError as error:
            if place == len(ports):
                raise SettingsError(
                    f"the app cannot listen on {host} port {number}: {error.strerror}",
                    hint="Choose another with --port, or 0 for any that is free.",
                ) from error
    raise AssertionError
