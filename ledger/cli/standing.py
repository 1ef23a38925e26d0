"""How a node stands among its peers, for a terminal."""

from datetime import UTC
from datetime import datetime
from typing import TYPE_CHECKING

from rich.table import Table

from ledger.cli.session import Session
from ledger.cli.session import harmless

if TYPE_CHECKING:
    from ledger.peers.views import PeeringStatus

SHOWN = 20
"""Rows of each list; --json has them all."""


def tell(session: Session, found: "PeeringStatus") -> None:
    """Print it."""
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
