"""Rows of a file as they are written, to be shown and corrected one at a time.

A corrected file is another file: its records name its own hash, so that nobody finds a record whose
row says something else in the file that it names.
"""

import csv
import hashlib
import io
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.capture.delimited import MAX_SPAN
from ledger.capture.delimited import split_rows
from ledger.capture.mapping import Mapping
from ledger.capture.source import Line
from ledger.capture.source import content_of_file
from ledger.capture.source import lines_of
from ledger.capture.source import uncompressed
from ledger.capture.tables import Kind
from ledger.capture.tables import header_of_lines
from ledger.capture.tables import kind_of_content
from ledger.errors import InvalidInputError
from ledger.errors import PerfledgerError
from ledger.store.files import writing_durably

MOST_CHARACTERS = 100_000
"""In one corrected row."""

_MARK_CHARACTERS = 16


class RowChangedError(PerfledgerError):
    """A row is not any more what it was when it was shown."""

    def __init__(self, line: int) -> None:
        super().__init__(
            f"line {line} has changed since it was shown",
            hint="Nothing was changed. Look at it again.",
        )


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """A row as it is written.

    Attributes:
        line: line of the file it begins on.
        text: its lines.
        cells: column → text; empty where it cannot be split into the table's columns.
        mark: tells this text from every other.
    """

    line: int
    text: str
    cells: dict[str, str]
    mark: str


@dataclass(frozen=True, slots=True)
class _Form:
    """How a file is written."""

    kind: Kind
    encoding: str
    columns: tuple[str, ...]
    delimiter: str


def written_rows(
    path: Path, lines: Collection[int], kind: Kind | None = None, mapping: Mapping | None = None
) -> dict[int, WrittenRow]:
    """The rows that begin on these lines, by line; memory does not grow with the file.

    A JSON array has no lines, a line that is too long or wrongly encoded no text, and an event log
    nothing that anybody should mend: none of them is among these.

    Raises:
        NotFoundError: there is no such file.
        TableError: it has no readable first line.
    """
    form = _form_of(path, kind, mapping)
    wanted = set(lines)
    if form.kind in {Kind.JSON, Kind.SPARK} or not wanted:
        return {}
    reach = _reach(wanted)
    kept = {
        line.number: line.text
        for line in _lines(path, form)
        if not line.fault and line.number in reach
    }
    found: dict[int, tuple[str, dict[str, str]]]
    if form.kind is Kind.JSONL:
        found = {line: (kept[line], {}) for line in wanted & kept.keys()}
    else:
        found = dict(_split(path, form, wanted, kept))
    return {line: WrittenRow(line, *each, _mark(each[0])) for line, each in found.items()}


def replace_row(
    path: Path,
    line: int,
    replacement: str | Sequence[str],
    *,
    mark: str,
    kind: Kind | None = None,
    mapping: Mapping | None = None,
) -> None:
    """Write a row anew, and the rest of the file as it was.

    Args:
        path: the file; compressed, it is written as plain text.
        line: line the row begins on.
        replacement: its text, or its cells.
        mark: of the row as it was shown.
        kind: how the file is written; found out if absent.
        mapping: says how it is written, where that cannot be seen.

    Raises:
        RowChangedError: it is another row by now.
        InvalidInputError: the replacement is too long.
    """
    form = _form_of(path, kind, mapping)
    shown = written_rows(path, [line], kind, mapping).get(line)
    if shown is None or shown.mark != mark:
        raise RowChangedError(line)
    text = replacement if isinstance(replacement, str) else _joined(replacement, form.delimiter)
    if len(text) > MOST_CHARACTERS:
        raise InvalidInputError(
            f"a row of more than {MOST_CHARACTERS:,} characters", hint="Mend it in the file itself."
        )
    first, last = line, line + shown.text.count("\n")
    with path.open("rb") as raw, uncompressed(raw) as old, writing_durably(path, mode=0o600) as new:
        for number, data in enumerate(old, 1):
            if number == first:
                new.write(text.encode(form.encoding, "replace") + b"\n")
            elif not first < number <= last:
                new.write(data)


def _form_of(path: Path, kind: Kind | None, mapping: Mapping | None) -> _Form:
    content = content_of_file(path)
    kind = kind or kind_of_content(content)
    encoding = mapping.format.encoding if mapping else "utf-8"
    if kind in {Kind.JSON, Kind.JSONL, Kind.SPARK}:
        return _Form(kind, encoding, (), "")
    columns, delimiter = header_of_lines(lines_of(content, encoding=encoding), kind, mapping)
    return _Form(kind, encoding, tuple(columns), delimiter)


def _lines(path: Path, form: _Form) -> Iterator[Line]:
    return lines_of(content_of_file(path), encoding=form.encoding)


def _split(
    path: Path, form: _Form, wanted: set[int], kept: dict[int, str]
) -> Iterator[tuple[int, tuple[str, dict[str, str]]]]:
    for split in split_rows(_lines(path, form), form.delimiter):
        if split.line not in wanted or split.line not in kept:
            continue
        text = "\n".join(kept[split.line + place] for place in range(split.span))
        padded = [*split.fields, *[""] * (len(form.columns) - len(split.fields))]
        whole = not split.fault and len(padded) == len(form.columns)
        yield split.line, (text, dict(zip(form.columns, padded, strict=True)) if whole else {})


def _reach(wanted: set[int]) -> set[int]:
    """The lines that rows which begin on these may take."""
    return {line + place for line in wanted for place in range(MAX_SPAN)}


def _joined(cells: Sequence[str], delimiter: str) -> str:
    """On one line, so that the rows below keep their lines."""
    cells = [" ".join(cell.splitlines()) for cell in cells]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow(cells)
    return buffer.getvalue()


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK_CHARACTERS]
