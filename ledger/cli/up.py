"""`init` and `up`: making a ledger and running it."""

import os
import tempfile
import webbrowser
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ledger import logs
from ledger.cli.session import Session
from ledger.cli.session import pass_session
from ledger.node import Node
from ledger.privacy.screen import Screen
from ledger.settings import Settings

if TYPE_CHECKING:
    from flask import Flask


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
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes that answer requests [default: 1]."
)
@click.option("--open", "open_browser", is_flag=True, help="Open the app in the browser.")
@pass_session
def up(session: Session, port: int | None, workers: int | None, open_browser: bool) -> None:
    """Run a node: the chain, the loop that follows it, the validators, the app.

    Everything listens on loopback. Ctrl-C stops it, as soon as requests under way are answered; so
    does SIGTERM. A part that dies is started again. With --workers, several processes answer.

    \b
    Examples:
      perfledger up
      perfledger up --port 0 --open
      perfledger up --workers 4
    """
    logs.configure()
    settings = session.settings
    session.require_home()
    Screen(settings.home, settings.privacy_policy).require_readable()
    if (workers or settings.workers) > 1:
        _serve_by_workers(settings, session, workers or settings.workers, port, open_browser)
    else:
        serve(settings, session, port=port, open_browser=open_browser)


def serve(
    settings: Settings, session: Session, *, port: int | None = None, open_browser: bool = False
) -> None:
    """Serve the app until SIGINT or SIGTERM."""
    from ledger.cli.listening import ports_for
    from webapp import create_app

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
    create: "Callable[[Node], Flask]"
    host: str
    ports: Sequence[int]


def run(settings: Settings, session: Session, face: Face, *, open_browser: bool = False) -> None:
    """Run a node, with its chain and its loops, in one process until SIGINT or SIGTERM."""
    from ledger.cli import listening
    from ledger.cli.chain_process import ChainProcess
    from ledger.follow import Follower
    from webapp import live
    from webapp.operations.draining import Draining
    from webapp.operations.requests import LOGGED

    with ChainProcess(settings) as chain, Node(settings) as node:
        node.connect()
        app = face.create(node)
        app.config[LOGGED] = logs.each_request(settings)
        app.wsgi_app = draining = Draining(app.wsgi_app)  # type: ignore[method-assign]
        server = listening.listen(app, face.host, face.ports)
        url = listening.url_of(face.host, listening.port_of(server))
        node.listening_at(url)
        follower = Follower(node, settings, revive=chain.revive)
        follower.start()
        end = listening.end_gently(server, draining, settings.stop_seconds)

        def begin_to_end() -> None:
            live.stop(app)
            end()

        listening.on_signals(begin_to_end)
        _announce(session, node, face.name, url, open_browser=open_browser)
        try:
            server.run()
        except (KeyboardInterrupt, SystemExit):
            session.remark("stopping")
        finally:
            server.close()
            follower.stop()


def _serve_by_workers(
    settings: Settings, session: Session, workers: int, port: int | None, open_browser: bool
) -> None:
    """Serve the app by several processes; this one follows the chain and looks after them."""
    with tempfile.TemporaryDirectory(prefix="perfledger-figures-") as shared:
        # Before anything that counts is imported: figures are this node's, not one process's.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared

        from ledger.cli import listening
        from ledger.cli.chain_process import ChainProcess
        from ledger.cli.workers import Workers
        from ledger.follow import Follower

        with ChainProcess(settings) as chain, Node(settings) as node:
            node.connect()
            ports = listening.ports_for(settings.app_port, port)
            with listening.open_socket(settings.app_host, ports) as opened:
                url = listening.url_of(settings.app_host, opened.getsockname()[1])
                node.listening_at(url)
                follower = Follower(node, settings, revive=chain.revive)
                processes = Workers(settings, opened, url, workers)
                listening.on_signals(processes.stop)
                follower.start()
                try:
                    processes.start()
                    _announce(session, node, "app", url, open_browser=open_browser)
                    processes.run()
                except SystemExit:
                    session.remark("stopping at once")
                finally:
                    processes.end()
                    follower.stop()


def _announce(session: Session, node: Node, name: str, url: str, *, open_browser: bool) -> None:
    session.out.print(f"chain  {node.chain_url}")
    session.out.print(f"{name:<6} [link={url}]{url}[/link]  (Ctrl-C stops it)")
    if open_browser:
        webbrowser.open(url)
