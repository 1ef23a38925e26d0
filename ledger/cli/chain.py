"""`chain`: the development chain and what is deployed on a network."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict

import click
from web3 import Web3

from ledger.chain.connection import announced
from ledger.chain.deploying import Deployer
from ledger.chain.deploying import Parameters
from ledger.chain.deploying import Quote
from ledger.chain.devchain.chain import DevChain
from ledger.chain.devchain.server import RunningServer
from ledger.chain.devchain.server import serve_until_stopped
from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import SettingsError

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
    with DevChain(settings.chain_path, chain_id=settings.chain_id) as dev, ExitStack() as opened:

        def ready(server: RunningServer) -> None:
            opened.enter_context(announced(settings, server))
            click.echo(server.url)
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


@chain.command("deploy")
@click.option("--network", help="Name for people [default: eip155:CHAIN_ID].")
@click.option(
    "--governor", metavar="ADDRESS", help="Who admits validators [default: the key that pays]."
)
@click.option("--quorum", type=click.IntRange(min=1), help="Verdicts that decide a record.")
@click.option("--bond", type=click.IntRange(min=1), metavar="WEI", help="Bond of a validator.")
@click.option(
    "--exit-delay",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="How long the bond of a validator that left can be taken.",
)
@click.option("--yes", is_flag=True, help="Do not ask before paying.")
@json_option
@pass_session
def deploy(
    session: Session,
    network: str | None,
    governor: str | None,
    quorum: int | None,
    bond: int | None,
    exit_delay: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Deploy the three contracts on the network of the settings.

    Your key pays. Says what it costs, asks, and writes the deployment file for everybody who is to
    use this ledger. Quorum, bond and exit delay that are not given are those of the settings. An
    interrupted deployment goes on where it stopped; nothing is paid twice.

    \b
    Example:
      PERFLEDGER_RPC_URL=https://… PERFLEDGER_CHAIN_ID=11155111 \\
        perfledger chain deploy --network sepolia --quorum 3
    """
    given = {
        "network": network,
        "governor": governor,
        "quorum": quorum,
        "bond_wei": bond,
        "exit_delay_seconds": exit_delay,
    }
    with session.node(must_exist=False) as node:
        deployer = node.deployer()
        chosen = deployer.parameters(
            {name: value for name, value in given.items() if value is not None},
            quorum=session.settings.quorum,
            bond_wei=session.settings.bond_wei,
            exit_delay_seconds=session.settings.exit_delay_seconds,
        )
        quote = deployer.quote(chosen)
        _announce(session, deployer, chosen, quote)
        if not yes and not _confirmed():
            session.remark("nothing was sent")
            sys.exit(1)
        made = deployer.deploy(chosen, progress=session.remark)
        path = session.settings.deployment_path
    if as_json:
        session.print_json({"file": str(path), **made.model_dump()})
    else:
        _print_pairs(session, {"file": path, **made.model_dump(exclude={"code_hashes"})})


def _confirmed() -> bool:
    try:
        return click.confirm("Deploy?", err=True)
    except click.Abort:  # nobody answers
        return False


def _announce(session: Session, deployer: Deployer, chosen: Parameters, quote: Quote) -> None:
    if deployer.begun is not None:
        session.remark("a deployment was begun; this goes on with it")
    for name, value in {
        "deployer": deployer.address,
        **chosen.model_dump(),
        "gas": f"about {quote.gas:,}",
        "costs": f"about {_ether(quote.likely_wei)} ether, at most {_ether(quote.most_wei)}",
        "balance": f"{_ether(quote.balance_wei)} ether",
    }.items():
        session.remark(f"{name:<18} {value}")


def _ether(wei: int) -> str:
    return f"{Web3.from_wei(wei, 'ether'):.6f}"


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
        found = {
            **asdict(node.network()),
            **node.deployment.model_dump(exclude={"chain_id", "code_hashes"}),
        }
    if as_json:
        session.print_json(found)
    else:
        _print_pairs(session, found)


@chain.command("check")
@json_option
@pass_session
def check(session: Session, as_json: bool) -> None:
    """Compare the contracts on chain with those of this version and of the deployment file.

    Exit code 1 if one of them differs, 78 if this is another chain.

    \b
    Example:
      perfledger chain check
    """
    with session.node() as node:
        found = node.examine_contracts()
    if as_json:
        session.print_json([{**asdict(each), "ok": each.ok} for each in found])
    else:
        for each in found:
            mark = "[green]✓[/green]" if each.ok else "[red]✗[/red]"
            says = each.problem or f"code {each.code_hash[:18]}…, as compiled"
            session.out.print(f"{mark} {each.name:<21} {each.address}  {harmless(says)}")
            if each.hint:
                session.out.print(f"  {'':<21} → {harmless(each.hint)}")
    if not all(each.ok for each in found):
        sys.exit(1)


def _print_pairs(session: Session, pairs: Mapping[str, object]) -> None:
    for name, value in pairs.items():
        session.out.print(f"{name:<18} {harmless(str(value))}")
