"""`list`, `show`, `export` and `schema`: looking at what is there."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from ledger.cli.envelopes import list_envelopes
from ledger.cli.envelopes import show_envelope
from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.cli.session import plain
from ledger.cli.session import server_option
from ledger.index import filters
from ledger.index.exporting import FORMS
from ledger.index.exporting import Rows
from ledger.index.queries import Sort
from ledger.index.queries.details import EncryptedRecordError
from ledger.index.views import RecordDetail
from ledger.index.views import VerdictRow
from ledger.record import schema as record_schema
from ledger.store.files import writing_durably

_FILTERS = (
    click.option("--job", multiple=True, help="Job name (several: any of them)."),
    click.option("--framework", multiple=True, help="Framework."),
    click.option("--machine-type", multiple=True, help="Machine type."),
    click.option("--provider", multiple=True, help="Who runs the machines, e.g. aws."),
    click.option("--nodes", multiple=True, help="Number of nodes."),
    click.option("--status", multiple=True, help="Status on the ledger, e.g. accepted."),
    click.option("--contributor", multiple=True, help="Address of a contributor."),
    click.option("--validator", multiple=True, help="Address of a validator who attested it."),
    click.option("--search", "-q", "q", default="", help="Words to search for."),
)


def filter_options(command: Any) -> Any:
    """The options that choose records."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def chosen(**given: Any) -> filters.Filter:
    """The filter of these options."""
    return filters.of({name: value for name, value in given.items() if value})


@click.command("list")
@filter_options
@click.option("--sort", type=click.Choice([each.value for each in Sort]), default="added")
@click.option("--ascending", is_flag=True, help="Least, or oldest, first.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--after", help="The next page (printed below a page).")
@click.option("--group", metavar="NAME", help="List the records of this group (docs/groups.md).")
@click.option("--encrypted", is_flag=True, help="List encrypted records, of all groups.")
@server_option
@json_option
@pass_session
def list_(
    session: Session,
    /,
    server: str | None,
    sort: str,
    ascending: bool,
    limit: int,
    after: str | None,
    group: str | None,
    encrypted: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """List records: public ones, or with --group those of a group that this home can read.

    With --encrypted, that there are records which only groups can read; what they say and which
    group that is, nobody else sees. The options that choose do not apply to them.

    \b
    Examples:
      perfledger list --job sort --status accepted
      perfledger list --sort runtime_seconds --limit 5 --json
      perfledger list --group team
      perfledger list --encrypted
      perfledger list --server https://ledger.example
    """
    if encrypted:
        list_envelopes(session, limit=limit, after=after, as_json=as_json)
        return
    with session.answers(server, group) as answers:
        page = answers.records(
            chosen(**given), sort=sort, descending=not ascending, limit=limit, after=after
        )
    if as_json:
        session.print_json(page)
        return
    table = Table("CID", "job", "framework", "machine type", box=None)
    for heading in ("nodes", "input MB", "runtime s"):
        table.add_column(heading, justify="right")
    table.add_column("status")
    for row in page.rows:
        table.add_row(
            f"{row.cid[:11]}…{row.cid[-6:]}" if session.out.is_terminal else row.cid,
            harmless(row.job),
            harmless(row.framework),
            harmless(row.machine_type or ""),
            str(row.nodes),
            "" if row.input_bytes is None else f"{row.input_bytes / 1e6:,.1f}",
            f"{row.runtime_seconds:,.2f}",
            f"{row.status.value} {row.accepted}/{row.validators}" if row.batch_id else "pending",
        )
    session.out.print(table)
    session.remark(f"{len(page.rows):,} of {page.total:,} records")
    if page.next_after:
        session.remark(f"more: --after {page.next_after}")


@click.command()
@click.argument("cid")
@click.option("--group", metavar="NAME", help="A record of this group, by its own CID.")
@server_option
@json_option
@pass_session
def show(session: Session, cid: str, group: str | None, server: str | None, as_json: bool) -> None:
    """Show the record of a CID (or its beginning): what ran, and who said what of it and why.

    Of a record that is encrypted for a group, this is what everybody sees, and what it says if this
    home can read it.

    \b
    Examples:
      perfledger show bafyreif4bqe7ylell
      perfledger show --group team bafyreib2qx5uvvlmn
    """
    try:
        with session.answers(server, group) as answers:
            detail = answers.record(cid)
    except EncryptedRecordError as error:
        show_envelope(session, error.cid, as_json=as_json)
        return
    if as_json:
        session.print_json(detail)
    else:
        _tell(session, detail)


def _tell(session: Session, detail: RecordDetail) -> None:
    row, out = detail.row, session.out
    out.print(f"[bold]{row.cid}[/bold]")
    of = f"{row.accepted} of {row.validators} accept it, {row.quorum} needed"
    out.print(f"status       {row.status.value}" + (f" ({of})" if row.batch_id else ""))
    out.print(f"contributor  {row.contributor or 'not signed yet'}")
    if detail.batch is not None:
        out.print(f"batch        {detail.batch.batch_id} in block {detail.batch.block_number}")
    for each in detail.verdicts:
        said = _said(each)
        out.print(f"validator    {each.validator} {harmless(said)}")
        out.print(f"             report {each.report_cid}")
    out.print_json(json.dumps(plain(detail.record)))


def _said(verdict: VerdictRow) -> str:
    if verdict.accepted:
        return "accepted"
    kind = "no opinion" if verdict.abstained else "rejected"
    return f"{kind}: {verdict.meaning} {verdict.detail}".rstrip()


@click.command()
@filter_options
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="jsonl")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File [default: stdout].")
@click.option("--group", metavar="NAME", help="Write the records of this group, in plain text.")
@server_option
@pass_session
def export(
    session: Session,
    /,
    form: str,
    output: Path | None,
    group: str | None,
    server: str | None,
    **given: Any,
) -> None:
    """Write records as CSV (one line each), JSONL (whole records) or Parquet (for analysis).

    \b
    Examples:
      perfledger export --format csv --status accepted -o accepted.csv
      perfledger export --format parquet -o ledger.parquet
      perfledger export --job sort | jq .record.runtime_seconds
    """
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is no text for a terminal: give a file with -o.")
    with session.answers(server, group) as answers:
        found = answers.export(chosen(**given))
        pieces = _whole(found) if form == "jsonl" else FORMS[form].write(found)
        if output is not None:
            with writing_durably(output) as stream:
                stream.writelines(pieces)
        elif form == "parquet":
            sys.stdout.buffer.writelines(pieces)
        else:
            sys.stdout.writelines(piece.decode() for piece in pieces)


def _whole(rows: Rows) -> Iterator[bytes]:
    """Records and their names alone: the same on every ledger, so that they can be imported."""
    for row, record in rows:
        yield json.dumps({"cid": row.cid, "record": record}).encode() + b"\n"


@click.command()
def schema() -> None:
    """Print the JSON Schema of a record.

    \b
    Example:
      perfledger schema > record.schema.json
    """
    click.echo(json.dumps(dict(record_schema.json_schema()), indent=2))
