"""`node`: this node among its peers."""

from datetime import UTC
from datetime import datetime
from typing import TYPE_CHECKING

import click
from rich.table import Table

from ledger.cli.audit import audit
from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session

if TYPE_CHECKING:
    from ledger.peers.views import PeeringStatus

SHOWN = 20
"""Rows of each list; --json has them all."""


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
    from ledger.cli.up import Face
    from ledger.cli.up import ports_for
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
        _tell(session, found)


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


def _tell(session: Session, found: "PeeringStatus") -> None:
    out = session.out
    lag = "" if found.head_block is None else f", head {found.head_block:,}"
    out.print(f"node     {found.peer_id}" + (f" at {found.url}" if found.url else ""))
    out.print(f"chain    indexed to {found.indexed_block or 0:,}{lag}")
    room = f" of {_size(found.storage_bytes)}" if found.storage_bytes else ""
    out.print(f"store    {found.blocks:,} blocks, {_size(found.bytes)}{room}")
    out.print(
        f"checked  {found.scrubbed:,} blocks in this round, {found.damaged:,} ever damaged, "
        f"{found.mended:,} mended"
    )
    flow = found.traffic
    out.print(
        f"traffic  {_size(flow.bytes_received)} in {flow.requests_sent:,} answers received, "
        f"{_size(flow.bytes_served)} in {flow.requests_served:,} served"
    )
    _tell_peers(session, found)
    risk = f", [red]{found.at_risk:,} at risk (one copy or none)[/red]" if found.at_risk else ""
    out.print(f"\nbatches  {found.batch_count:,}{risk}")
    table = Table(box=None, pad_edge=False)
    for column in ("batch", "records", "here", "copies", "anchored"):
        table.add_column(column, justify="right" if column in {"records", "copies"} else "left")
    for batch in found.batches[:SHOWN]:
        copies = f"[red]{batch.copies}[/red]" if batch.copies <= 1 else str(batch.copies)
        when = datetime.fromtimestamp(batch.anchored_at, UTC).isoformat(" ")[:16]
        here = "yes" if batch.held else "no"
        table.add_row(batch.batch_id, f"{batch.records:,}", here, copies, when)
    if found.batches:
        out.print(table)
    if found.missing:
        out.print(f"\nmissing  {found.missing:,}")
    for want in found.wants[:SHOWN]:
        out.print(
            f"  {want.kind} {want.root}, for {want.age_seconds:,.0f} s, {want.attempts} tries"
            + (", given up" if want.refused else f", again in {want.retry_seconds:,.0f} s")
            + (f": {harmless(want.problem)}" if want.problem else "")
        )


def _tell_peers(session: Session, found: "PeeringStatus") -> None:
    session.out.print(f"\npeers    {len(found.peers):,}, {found.answering:,} answer")
    table = Table(box=None, pad_edge=False)
    for column in ("url", "kind", "state", "holds", "received", "served", "challenges", "problem"):
        right = column in {"holds", "received", "served"}
        table.add_column(column, justify="right" if right else "left")
    for peer in found.peers[:SHOWN]:
        passed = sum(count for outcome, count in peer.challenges.items() if outcome == "passed")
        total = sum(peer.challenges.values())
        table.add_row(
            harmless(peer.url),
            peer.kind,
            peer.state,
            f"{peer.holds:,}",
            _size(peer.traffic.bytes_received),
            _size(peer.traffic.bytes_served),
            f"{passed}/{total} passed" if total else "",
            harmless(peer.problem),
        )
    if found.peers:
        session.out.print(table)


def _size(size: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:  # noqa: PLR2004 - of the unit
            return f"{size:,.0f} {unit}"
        size /= 1024
    return f"{size:,.1f} GiB"
