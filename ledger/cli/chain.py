"""`chain`: the development chain and what is deployed on a network."""

import sys

import click

from ledger.chain.devchain import DevChain
from ledger.chain.devchain import serve_until_stopped
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import SettingsError
from ledger.store.files import write_durably


@click.group()
def chain() -> None:
    """The chain behind the ledger."""


@chain.command("serve")
@click.option("--port", type=int, help="Port on loopback; 0: any free one [default: 8545].")
@pass_session
def serve(session: Session, port: int | None) -> None:
    """Serve the development chain as JSON-RPC on loopback until SIGINT or SIGTERM."""
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

        serve_until_stopped(dev, port=settings.chain_port if port is None else port, ready=ready)


@chain.command("info")
@json_option
@pass_session
def info(session: Session, as_json: bool) -> None:
    """Show the chain, its head and the ledger's contracts."""
    with session.node() as node:
        node.connect()
        found = {
            "url": node.status().chain_url,
            "chain_id": node.deployment.chain_id,
            "head_block": node.chain.w3.eth.block_number,
            **node.deployment.model_dump(exclude={"chain_id", "code_hashes"}),
        }
    if as_json:
        session.print_json(found)
    else:
        for name, value in found.items():
            session.out.print(f"{name:<14} {value}")
