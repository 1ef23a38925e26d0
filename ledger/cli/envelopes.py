"""What the command shows of records that are encrypted for a group."""

import json
from typing import Any

from rich.table import Table

from ledger.cli.session import Session
from ledger.cli.session import plain
from ledger.groups.opening import Opened
from ledger.index.views import EnvelopeDetail
from ledger.record.cid import to_text


def list_envelopes(session: Session, *, limit: int, after: str | None, as_json: bool) -> None:
    """List encrypted records: what everybody sees of them."""
    with session.offline_node() as node:
        page = node.queries.envelopes(limit=limit, after=after)
    if as_json:
        session.print_json(page)
        return
    table = Table("CID", "batch", box=None)
    table.add_column("bytes", justify="right")
    table.add_column("status")
    for row in page.envelopes:
        status = f"{row.status.value} {row.accepted}/{row.validators}"
        table.add_row(row.cid, f"{row.batch_id[:18]}…", f"{row.size_bytes:,}", status)
    session.out.print(table)
    session.remark(f"{len(page.envelopes):,} of {page.total:,} encrypted records")
    if page.next_after:
        session.remark(f"more: --after {page.next_after}")


def show_envelope(session: Session, cid: str, *, as_json: bool) -> None:
    """Show an encrypted record, and what it says if this home can read it."""
    with session.node() as node:
        detail = node.queries.envelope(cid)
        opened = node.group_contents(detail.row.cid)
        names = {each.id: each.name for each in node.groups.all()}
    if as_json:
        session.print_json({**plain(detail), "opened": _plain(opened, names)})
    else:
        _tell(session, detail, opened, names)


def _plain(opened: Opened | None, names: dict[str, str]) -> dict[str, Any] | None:
    if opened is None:
        return None
    return {
        "cid": to_text(opened.digest),
        "group": names.get(opened.group),
        "contributor": opened.contributor,
        "record": opened.record.model_dump(mode="json"),
    }


def _tell(
    session: Session, detail: EnvelopeDetail, opened: Opened | None, names: dict[str, str]
) -> None:
    row, out = detail.row, session.out
    out.print(f"[bold]{row.cid}[/bold]")
    out.print(f"encrypted for a group, {row.size_bytes:,} bytes")
    of = f"{row.accepted} of {row.validators} accept it, {row.quorum} needed"
    out.print(f"status       {row.status.value} ({of})")
    out.print(f"handed in by {row.contributor or 'nobody: the signature is not valid'}")
    out.print(f"batch        {row.batch_id} in block {row.block_number}")
    for each in detail.verdicts:
        said = "no opinion" if each.abstained else "accepted" if each.accepted else "rejected"
        out.print(f"validator    {each.validator} {said}")
    if opened is None:
        session.remark("this home cannot read it")
        return
    out.print(f"group        {names.get(opened.group, 'none of this home')}")
    out.print(f"record       {to_text(opened.digest)}")
    out.print(f"contributor  {opened.contributor}")
    out.print_json(json.dumps(plain(opened.record)))
