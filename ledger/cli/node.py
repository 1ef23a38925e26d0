"""`node`: this node among its peers."""

import click

from ledger.cli.audit import audit
from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.cli.standing import tell


@click.group()
def node() -> None:
    """Replicate the ledger's data among its nodes, and look at who holds what.

    \b
    Example, a second node of a ledger:
      perfledger --home ./second node join http://127.0.0.1:4802
      perfledger --home ./second node run --port 4803
      perfledger --home ./second node status
    """


@node.command("run")
@click.option("--host", help="Address to listen on [default: 127.0.0.1].")
@click.option("--port", type=int, help="Port to listen on; 0: any free one [default: 4802].")
@pass_session
def run_(session: Session, host: str | None, port: int | None) -> None:
    """Run a node without the app: follow the chain, fetch, verify, keep, and serve other nodes.

    It needs a chain endpoint and one peer, any peer. Others reach it where it listens, or where
    PERFLEDGER_PUBLIC_URL says. Ctrl-C stops it; so does SIGTERM.

    \b
    Examples:
      perfledger node run
      PERFLEDGER_PEERS=http://10.0.0.7:4802 perfledger node run --host 10.0.0.8
    """
    from ledger import logs
    from ledger.cli.listening import ports_for
    from ledger.cli.up import Face
    from ledger.cli.up import run
    from webapp.peer import create_peer_app

    logs.configure()
    settings = session.settings
    session.require_home()
    face = Face(
        "node",
        create_peer_app,
        host or settings.node_host,
        ports_for(settings.node_port, port),
    )
    run(settings, session, face)


@node.command()
@click.argument("url")
@click.option("--yes", is_flag=True, help="Do not ask whether these are the right contracts.")
@pass_session
def join(session: Session, url: str, yes: bool) -> None:
    """Join the ledger of a node: learn from it where the contracts are, and keep it as a peer.

    The chain is yours to choose (PERFLEDGER_RPC_URL and PERFLEDGER_CHAIN_ID, or settings.toml):
    what the node says is compared with it. Which contracts to trust is for you to say, so their
    addresses are shown; compare them with what the ledger's people publish.

    \b
    Example:
      PERFLEDGER_RPC_URL=http://127.0.0.1:8545 PERFLEDGER_CHAIN_ID=31337 \\
        perfledger --home ./second node join http://127.0.0.1:4802
    """
    from ledger.peers import joining

    settings = session.settings
    offer = joining.ask(settings, url)
    session.out.print(f"chain         id {offer.chain_id}, genesis {offer.genesis_hash}")
    session.out.print(f"registry      {offer.registry}")
    session.out.print(f"validators    {offer.validator_set}")
    session.out.print(f"attestations  {offer.attestations}")
    if not yes:
        click.confirm("Are these the ledger's contracts?", abort=True)
    joining.accept(settings, url, offer)
    session.out.print(
        f"joined; [bold]perfledger --home {harmless(str(settings.home))} node run[/bold] "
        "replicates what is on the ledger"
    )


@node.command()
@json_option
@pass_session
def status(session: Session, as_json: bool) -> None:
    """Show peers, where each batch is, what is missing, and what is at risk.

    \b
    Examples:
      perfledger node status
      perfledger node status --json | jq '.batches[] | select(.copies < 2)'
    """
    with session.node() as opened:
        found = opened.peering_status(with_head=True)
    if as_json:
        session.print_json(found)
    else:
        tell(session, found)


@node.command()
@click.argument("urls", nargs=-1, required=True)
@pass_session
def trust(session: Session, urls: tuple[str, ...]) -> None:
    """Ask peers again that were found lying, or of another ledger.

    \b
    Example:
      perfledger node trust http://10.0.0.7:4802
    """
    with session.node() as opened:
        for url in urls:
            known = opened.peering.book.peers.trust(url.rstrip("/"))
            session.out.print(f"{harmless(url)}: {'trusted again' if known else 'was trusted'}")


@node.command()
@json_option
@pass_session
def scrub(session: Session, as_json: bool) -> None:
    """Hash every block that is here, and get anew from peers what is damaged.

    A running node does this once a day, a piece at a time. Exit code 1 if something stays damaged.

    \b
    Example:
      perfledger node scrub
    """
    with session.node() as opened, session.progress() as progress:
        task = progress.add_task("hashing blocks", total=opened.blocks_here())
        checked = opened.peering.scrubber.run(lambda done: progress.advance(task, done))
        damaged, mended = opened.peering.book.checks.damage()
    if as_json:
        session.print_json({"checked": checked, "damaged": damaged, "mended": mended})
    else:
        session.out.print(f"{checked:,} blocks, {damaged:,} ever damaged, {mended:,} mended")
    if damaged > mended:
        raise SystemExit(1)


node.add_command(audit)
