"""`list`, `show`, `export` and `schema`: looking at what is there."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.table import Table

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
from ledger.index.views import RecordDetail
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
    as_json: bool,
    **given: Any,
) -> None:
    """List records.

    \b
    Examples:
      perfledger list --job sort --status accepted
      perfledger list --sort runtime_seconds --limit 5 --json
      perfledger list --server https://ledger.example
    """
    with session.answers(server) as answers:
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
@server_option
@json_option
@pass_session
def show(session: Session, cid: str, server: str | None, as_json: bool) -> None:
    """Show the record of a CID (or its beginning): what ran, and who said what of it and why.

    \b
    Example:
      perfledger show bafyreif4bqe7ylell
    """
    with session.answers(server) as answers:
        detail = answers.record(cid)
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
        said = "accepted" if each.accepted else f"rejected: {each.meaning} {each.detail}".rstrip()
        out.print(f"validator    {each.validator} {harmless(said)}")
        out.print(f"             report {each.report_cid}")
    out.print_json(json.dumps(plain(detail.record)))


@click.command()
@filter_options
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="jsonl")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File [default: stdout].")
@server_option
@pass_session
def export(
    session: Session, /, form: str, output: Path | None, server: str | None, **given: Any
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
    with session.answers(server) as answers:
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
