"""`chain`: the development chain and what is deployed on a network."""

import os
import signal
import socket
import sys
import threading

import click

from ledger.chain.devchain import DevChain
from ledger.chain.devchain import serve_until_stopped
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import SettingsError
from ledger.store.files import write_durably

LOOPBACK = "127.0.0.1"


@click.group()
def chain() -> None:
    """The chain behind the ledger.

    \b
    Example:
      perfledger chain info
    """


@chain.command("serve")
@click.option("--port", type=int, help="Port on loopback; 0: any free one [default: 8545].")
@click.option("--until-stdin-ends", is_flag=True, hidden=True)
@pass_session
def serve(session: Session, port: int | None, until_stdin_ends: bool) -> None:
    """Serve the development chain as JSON-RPC on loopback until SIGINT or SIGTERM.

    \b
    Example:
      perfledger chain serve --port 8545
    """
    settings = session.settings
    if not settings.is_dev_chain:
        raise SettingsError(
            "PERFLEDGER_RPC_URL names another chain", hint="Unset it to serve the development one."
        )
    with DevChain(settings.chain_path, chain_id=settings.chain_id) as dev:

        def ready(url: str) -> None:
            write_durably(settings.chain_path.parent / "url", url.encode())
            click.echo(url)
            sys.stdout.flush()

        if until_stdin_ends:
            _stop_with_parent()
        if port is None and _is_taken(settings.chain_port):
            port = 0
        serve_until_stopped(dev, port=settings.chain_port if port is None else port, ready=ready)


def _stop_with_parent() -> None:
    """End when the process that holds the other end of standard input does, however it ends."""

    def wait() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


@chain.command("info")
@json_option
@pass_session
def info(session: Session, as_json: bool) -> None:
    """Show the chain, its head and the ledger's contracts.

    \b
    Example:
      perfledger chain info --json
    """
    with session.node() as node:
        node.connect()
        status = node.status()
        found = {
            "url": status.chain_url,
            "chain_id": status.chain_id,
            "head_block": status.head_block,
            **node.deployment.model_dump(exclude={"chain_id", "code_hashes"}),
        }
    if as_json:
        session.print_json(found)
    else:
        for name, value in found.items():
            session.out.print(f"{name:<14} {value}")
