"""`import`: tables and event logs become records."""

import sys
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from ledger.capture.importing import Importable
from ledger.capture.importing import importables
from ledger.capture.mapping import Mapping
from ledger.capture.mapping import load_mapping
from ledger.capture.mapping import preset
from ledger.capture.mapping import presets
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.rows import Row
from ledger.cli.for_group import group_of
from ledger.cli.for_group import group_options
from ledger.cli.lines import REFUSED_LINES
from ledger.cli.lines import LineTaker
from ledger.cli.lines import is_standard_input
from ledger.cli.lines import standard_input
from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.cli.withholding import Withholding
from ledger.demo import EXAMPLE_RUNS
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.errors import PerfledgerError
from ledger.offline import OfflineNode
from ledger.privacy.policy import PolicyError
from ledger.record.schema import Record

BAD_ROWS_SHOWN = 20
BAD_ROWS = 65


@click.command("import")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--example", is_flag=True, help="Runs that come with perfledger: Spark, on one machine."
)
@click.option("--preset", "preset_name", type=click.Choice(presets()), help="A built-in map.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A map of your own (docs/import.md, docs/example-map.toml).",
)
@click.option(
    "--killed", is_flag=True, help="Take Spark applications whose log has no end as killed."
)
@click.option("--dry-run", is_flag=True, help="Show what would leave of the records; keep nothing.")
@group_options("Keep the records for this group, to be encrypted (docs/groups.md).")
@json_option
@pass_session
def import_(
    session: Session,
    files: tuple[Path, ...],
    example: bool,
    preset_name: str | None,
    map_file: Path | None,
    killed: bool,
    dry_run: bool,
    group_name: str | None,
    public: bool,
    as_json: bool,
) -> None:
    """Read executions from tables (CSV, TSV, JSON, JSONL), logs of Spark and Flink, and pipes.

    Without a map, JSON holds records in the ledger's own form and columns of tables are guessed by
    their names. Event logs are found out by their content: single files, rolling logs, ZIPs of the
    History Server, archives of Flink, and folders of all these (docs/spark.md, docs/flink.md). Bad
    rows are reported with file, line,
    column and reason, and so are files that cannot be read; good rows go in all the same, and the
    exit code is then 65. Importing a file again adds nothing. With --dry-run nothing is kept: what
    the privacy policy (docs/privacy.md) does to the records is shown instead. With --group only
    members of that group will be able to read the records.

    With - for FILES, each line of standard input is a JSON object and a record; each is answered
    by a line on standard output, with its CID once it is on disk, as long as lines come
    (docs/recording.md).

    \b
    Examples:
      perfledger import --preset c3o sort.tsv grep.tsv
      perfledger import --map docs/example-map.toml runs.csv
      perfledger import records.jsonl
      perfledger import --map docs/example-spark-map.toml /var/log/spark-events
      perfledger import --dry-run runs.csv
      perfledger import --group team runs.csv
      producer | perfledger import --map map.toml -
      perfledger import --example
    """
    if preset_name and map_file:
        raise InvalidInputError("--preset and --map exclude each other", hint="Give one of them.")
    mapping = preset(preset_name) if preset_name else load_mapping(map_file) if map_file else None
    group = group_of(session, group_name, public=public)
    if is_standard_input(files):
        _take_lines(session, mapping, group, dry_run=dry_run)
        return
    if example:
        files = (*files, EXAMPLE_RUNS)
    if not files:
        raise click.UsageError("Missing argument: name FILES, or take --example.")
    with session.offline_node() as node:
        if group is not None:
            node.groups.get(group)
        work = _Import(session, node, Withholding() if dry_run else None, group)
        for file in files:
            work.take(file, mapping, killed=killed)
    work.tell(as_json=as_json)
    if work.failed and len(work.failed) == len(files):
        sys.exit(work.failed[0][1].exit_code)
    if work.bad or work.failed:
        sys.exit(BAD_ROWS)


def _take_lines(
    session: Session, mapping: Mapping | None, group: str | None, *, dry_run: bool
) -> None:
    with session.offline_node() as node:
        node.open()  # what is broken is better known before the first line than after it
        taker = LineTaker(node, mapping, group=group, dry_run=dry_run)
        taker.take(standard_input())
    if taker.refused:
        sys.exit(REFUSED_LINES)


@dataclass(slots=True)
class _Import:
    """What comes of the files of one call.

    Attributes:
        looked: what the policy does to records, where nothing is to be kept.
        group: for which records are kept; None: for everybody.
        new: how many records were kept.
        known: how many had been.
        bad: rows that are no records, with their files.
        failed: files that cannot be read.
    """

    session: Session
    node: OfflineNode
    looked: Withholding | None
    group: str | None
    new: int = 0
    known: int = 0
    bad: list[tuple[Path, Bad]] = field(default_factory=list)
    failed: list[tuple[Path, PerfledgerError]] = field(default_factory=list)

    def take(self, file: Path, mapping: Mapping | None, *, killed: bool) -> None:
        """Read a file, or a folder."""
        try:
            for each in importables(file, mapping, killed=killed):
                with self._rows(each) as rows:
                    if self.looked is None:
                        self._keep(each.path, rows)
                    else:
                        self._look(each.path, rows, self.looked)
        except (InvalidInputError, NotFoundError) as error:
            self.failed.append((file, error))

    def tell(self, *, as_json: bool) -> None:
        """Say what came of it."""
        if as_json:
            self.session.print_json(self._as_dict())
        else:
            self._tell_bad()
            self._tell_records()
        for file, fault in self.failed:
            click.echo(f"error: {file}: {fault.message}\nhint: {fault.hint}", err=True)

    @contextmanager
    def _rows(self, given: Importable) -> Iterator[Iterator[Row]]:
        with self.session.progress() as bar:
            task = bar.add_task(f"reading {harmless(given.path.name)}", total=given.size)
            yield given.rows(lambda done: bar.update(task, completed=done))

    def _keep(self, path: Path, rows: Iterable[Row]) -> None:
        good = self._good(path, self.node.screen.shared_rows(rows))
        if self.group is None:
            accepted = self.node.accept_shared(good)
        else:
            accepted = self.node.accept_for(self.group, good)
        self.new += len(accepted.new)
        self.known += len(accepted.known)

    def _look(self, path: Path, rows: Iterable[Row], into: Withholding) -> None:
        for row in rows:
            try:
                if isinstance(row, Good):
                    into.add(self.node.screen.look(row.record))
                else:
                    self.bad.append((path, row))
            except PolicyError as error:
                self.bad.append((path, Bad(row.row, row.line, None, error.message)))

    def _good(self, path: Path, rows: Iterable[Row]) -> Iterator[Record]:
        for row in rows:
            if isinstance(row, Good):
                yield row.record
            else:
                self.bad.append((path, row))

    def _as_dict(self) -> dict[str, Any]:
        bad = [
            {"file": str(file), "line": row.line, "column": row.column, "reason": row.reason}
            for file, row in self.bad
        ]
        failed = [
            {"file": str(file), "reason": error.message, "hint": error.hint}
            for file, error in self.failed
        ]
        found = {"new": self.new, "known": self.known, "bad": bad, "failed": failed}
        return found if self.looked is None else {**found, "dry_run": self.looked.as_dict()}

    def _tell_records(self) -> None:
        if self.looked is not None:
            self.looked.tell(self.session)
            return
        self.session.out.print(
            f"{self.new:,} new records, {self.known:,} known already, {len(self.bad):,} bad rows"
        )
        if self.new:
            how = "signs them" if self.group is None else "signs and encrypts them"
            of = "" if self.group is None else f" --group {self.group}"
            self.session.remark(
                f"Next: `perfledger contribute{of}` {how} and brings them on chain."
            )

    def _tell_bad(self) -> None:
        if not self.bad:
            return
        table = Table("file", "line", "column", "reason", title="rows that are not records")
        for file, row in self.bad[:BAD_ROWS_SHOWN]:
            cells = (file.name, str(row.line), row.column or "", row.reason)
            table.add_row(*map(harmless, cells))
        self.session.err.print(table)
        if len(self.bad) > BAD_ROWS_SHOWN:
            self.session.remark(f"and {len(self.bad) - BAD_ROWS_SHOWN:,} more (--json lists all)")
