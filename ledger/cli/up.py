"""`init` and `up`: making a ledger and running it."""

import os
import signal
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Self

import click
import structlog
from flask import Flask
from waitress.server import BaseWSGIServer
from waitress.server import MultiSocketServer
from waitress.server import create_server

from ledger import logs
from ledger.chain.connection import join
from ledger.cli.session import Session
from ledger.cli.session import pass_session
from ledger.errors import SettingsError
from ledger.errors import UnavailableError
from ledger.follow import Follower
from ledger.node import Node
from ledger.settings import Settings
from webapp import create_app

_log = structlog.get_logger(__name__)

WEB_THREADS = 32
"""Peers that read slowly hold a thread each, at most half of them (`serve_streams`); threads that
wait cost nearly nothing."""

BODY_MARGIN = 2
"""The server ends a request this many times as large as the app takes, unread. What is smaller
reaches the app, whose refusal says the limit and what to do."""


@click.command()
@pass_session
def init(session: Session) -> None:
    """Make a ledger in the home folder.

    On the development chain (the default) this deploys the contracts and admits its validators.
    Running it again completes what is missing and changes nothing else.

    \b
    Examples:
      perfledger init
      perfledger --home ./team-ledger init
      PERFLEDGER_RPC_URL=http://127.0.0.1:8545 PERFLEDGER_CHAIN_ID=31337 perfledger init
    """
    with session.node(must_exist=False) as node:
        deployment = node.deployment
        node.connect()
        node.sync.step()
        session.out.print(f"ledger    {session.settings.home}")
        session.out.print(f"chain     {deployment.network} (id {deployment.chain_id})")
        session.out.print(f"registry  {deployment.registry}")
        session.out.print(
            "\nNext: [bold]perfledger up[/bold] serves it; "
            "[bold]perfledger run -- COMMAND[/bold] records a job."
        )


@click.command()
@click.option("--port", type=int, help="Port of the web app; 0: any free one [default: 8787].")
@click.option("--open", "open_browser", is_flag=True, help="Open the app in the browser.")
@pass_session
def up(session: Session, port: int | None, open_browser: bool) -> None:
    """Run a node: the chain, the loop that follows it, the validators, the app.

    Everything listens on loopback. Ctrl-C stops it; so does SIGTERM. A part that dies is started
    again.

    \b
    Examples:
      perfledger up
      perfledger up --port 0 --open
    """
    logs.configure()
    settings = session.settings
    session.require_home()
    serve(settings, session, port=port, open_browser=open_browser)


def serve(
    settings: Settings, session: Session, *, port: int | None = None, open_browser: bool = False
) -> None:
    """Serve the app until SIGINT or SIGTERM."""
    face = Face("app", create_app, settings.app_host, ports_for(settings.app_port, port))
    run(settings, session, face, open_browser=open_browser)


@dataclass(frozen=True, slots=True)
class Face:
    """What a node serves.

    Attributes:
        name: for people.
        create: makes the app.
        host: it listens there.
        ports: those to try, in their order.
    """

    name: str
    create: Callable[[Node], Flask]
    host: str
    ports: Sequence[int]


def run(settings: Settings, session: Session, face: Face, *, open_browser: bool = False) -> None:
    """Run a node, with its chain and its loops, until SIGINT or SIGTERM."""
    with _ChainProcess(settings) as chain, Node(settings) as node:
        node.connect()
        server = _listen(face.create(node), face.host, face.ports)
        url = f"http://{_in_url(face.host)}:{_port_of(server)}"
        node.listening_at(url)
        follower = Follower(node, settings, revive=chain.revive)
        follower.start()
        _stop_on_signals()
        session.out.print(f"chain  {node.chain_url}")
        session.out.print(f"{face.name:<6} [link={url}]{url}[/link]  (Ctrl-C stops it)")
        if open_browser:
            webbrowser.open(url)
        try:
            server.run()
        except (KeyboardInterrupt, SystemExit):
            session.remark("stopping")
        finally:
            server.close()
            follower.stop()


def ports_for(usual: int, asked: int | None) -> Sequence[int]:
    """The port that was asked for, or the usual one, or any that is free."""
    return (asked,) if asked is not None else (usual, 0)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _listen(app: Flask, host: str, ports: Sequence[int]) -> BaseWSGIServer | MultiSocketServer:
    """Listen on the first port that is free."""
    for place, number in enumerate(ports, start=1):
        try:
            return create_server(
                app,
                host=host,
                port=number,
                threads=WEB_THREADS,
                ident="perfledger",
                max_request_body_size=BODY_MARGIN * app.config["MAX_CONTENT_LENGTH"],
            )
        except OSError as error:
            if place == len(ports):
                raise SettingsError(
                    f"the app cannot listen on {host} port {number}: {error.strerror}",
                    hint="Choose another with --port, or 0 for any that is free.",
                ) from error
    raise AssertionError


def _port_of(server: BaseWSGIServer | MultiSocketServer) -> int:
    """The port; a name such as ``localhost`` stands for two addresses and so for two sockets."""
    if isinstance(server, MultiSocketServer):
        return server.effective_listen[0][1]
    assert server.socket is not None
    return int(server.socket.getsockname()[1])


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)


class _ChainProcess:
    """The development chain in a process of its own: py-evm keeps a core busy while it mines."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start the chain, unless it is another's or runs already."""
        self.revive()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it; every block it answered for is on disk."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._close_pipes(self._process)

    @staticmethod
    def _close_pipes(process: subprocess.Popen[str]) -> None:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def revive(self) -> None:
        """Start the chain if it should run here and does not.

        Raises:
            UnavailableError: it does not start.
        """
        if not self._settings.is_dev_chain:
            return
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            if (served := join(self._settings)) is not None:
                served.close()
                return  # by another command, for as long as that runs
            if self._process is not None:
                _log.warning("the development chain ended; starting it again")
                self._close_pipes(self._process)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ledger.cli", "chain", "serve", "--until-stdin-ends"],
                env={**os.environ, "PERFLEDGER_HOME": str(self._settings.home)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            assert self._process.stdout is not None
            if not self._process.stdout.readline():
                raise UnavailableError(
                    "the development chain does not start",
                    hint="`perfledger chain serve` says why.",
                )
