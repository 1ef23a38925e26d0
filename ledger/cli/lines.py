"""`import -` and `contribute -`: a record for each line of standard input, as it comes."""

import json
import sys
import time
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ledger.anchor.intake import Accepted
from ledger.capture.events import row_of_line
from ledger.capture.mapping import Mapping
from ledger.capture.piped import PipedLines
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.rows import Row
from ledger.capture.source import Line
from ledger.errors import InvalidInputError
from ledger.offline import OfflineNode
from ledger.privacy.policy import PolicyError
from ledger.record import codec
from ledger.record.schema import Record

STANDARD_INPUT = "-"
REFUSED_LINES = 65

_HINT = "One line is one JSON object: a record (`perfledger schema`), or what the --map reads."


class LineTaker:
    """Takes lines, and answers each on standard output by a line of its own, in their order.

    An answer that says ``taken`` or ``known`` is given once the record is on disk. Lines that have
    arrived together become durable together.

    Args:
        node: keeps the records.
        mapping: reads the lines; None: they are records in the ledger's own form.
        group: for which they are kept; None: for everybody.
        dry_run: show what would leave, and keep nothing.

    Attributes:
        refused: how many lines were no records.

    Raises:
        NotFoundError: there is no such group.
    """

    def __init__(
        self,
        node: OfflineNode,
        mapping: Mapping | None,
        *,
        group: str | None = None,
        dry_run: bool = False,
    ) -> None:
        if group is not None:
            node.groups.get(group)
        self._node = node
        self._mapping = mapping
        self._group = group
        self._dry_run = dry_run
        self._rows = 0
        self.refused = 0

    def take(
        self,
        lines: PipedLines,
        *,
        between: Callable[[], None] = lambda: None,
        every_seconds: float | None = None,
    ) -> None:
        """Take lines until there are no more.

        Args:
            lines: where they come from.
            between: done now and then.
            every_seconds: how often; None: never.
        """
        last = time.monotonic()
        while (arrived := lines.take(every_seconds)) is not None:
            if filled := [line for line in arrived if line.fault or line.text.strip()]:
                self._answer(filled)
            if every_seconds is not None and time.monotonic() - last >= every_seconds:
                between()
                last = time.monotonic()

    def _answer(self, lines: Sequence[Line]) -> None:
        rows = []
        for line in lines:
            self._rows += 1
            rows.append(row_of_line(self._rows, line, self._mapping))
        told = [self._looked_at(row) for row in rows] if self._dry_run else self._kept(rows)
        self.refused += sum(each["state"] == "refused" for each in told)
        for each in told:
            click.echo(json.dumps(each, ensure_ascii=False))

    def _kept(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        shared = list(self._node.screen.shared_rows(rows))
        if self._group is not None:
            from ledger.groups.contributing import sealable

            shared = [sealable(row) for row in shared]
        records = [row.record for row in shared if isinstance(row, Good)]
        new = set(self._accept(records).new)
        told = []
        for row in shared:
            if isinstance(row, Bad):
                told.append(_refused(row))
                continue
            cid = codec.cid_of(row.record)
            told.append({"line": row.line, "state": "taken" if cid in new else "known", "cid": cid})
            new.discard(cid)
        return told

    def _accept(self, records: Sequence[Record]) -> Accepted:
        if self._group is None:
            return self._node.accept_shared(records)
        return self._node.accept_for(self._group, records)

    def _looked_at(self, row: Row) -> dict[str, Any]:
        if isinstance(row, Bad):
            return _refused(row)
        try:
            leaves = self._node.screen.look(row.record).record
        except PolicyError as error:
            return _refused(Bad(row.row, row.line, None, error.message))
        return {
            "line": row.line,
            "state": "read",
            "cid": codec.cid_of(leaves),
            "record": leaves.model_dump(mode="json"),
        }


def is_standard_input(files: Sequence[Path]) -> bool:
    """Whether lines of standard input are meant, and no files.

    Raises:
        InvalidInputError: both.
    """
    if Path(STANDARD_INPUT) not in files:
        return False
    if len(files) > 1:
        raise InvalidInputError(
            "standard input and files exclude each other",
            hint="Give - alone, and the files to another call.",
        )
    return True


def standard_input() -> PipedLines:
    """The lines of standard input."""
    return PipedLines(sys.stdin.fileno())


def _refused(row: Bad) -> dict[str, Any]:
    where = {"field": row.column} if row.column else {}
    return {"line": row.line, "state": "refused", **where, "reason": row.reason, "hint": _HINT}
