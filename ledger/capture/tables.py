"""Reading CSV, TSV, JSON, JSONL and event logs into records, row by row.

Memory does not grow with the file (a JSON array excepted, which is bounded), and a bad row never
stops the others. The same file always gives the same records, so importing it again adds nothing;
repeats of one configuration stay apart, because a record names its row.
"""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from ledger.capture import jsonlines
from ledger.capture.delimited import Split
from ledger.capture.delimited import delimiter_of
from ledger.capture.delimited import split_rows
from ledger.capture.guess import guess_mapping
from ledger.capture.layout import Layout
from ledger.capture.layout import check_columns
from ledger.capture.layout import choose_table
from ledger.capture.mapping import Mapping
from ledger.capture.records import row_of_text
from ledger.capture.records import row_of_value
from ledger.capture.rows import Bad
from ledger.capture.rows import CellError
from ledger.capture.rows import Good
from ledger.capture.rows import Row
from ledger.capture.rows import TableError
from ledger.capture.source import Content
from ledger.capture.source import Line
from ledger.capture.source import Progress
from ledger.capture.source import content_of_bytes
from ledger.capture.source import content_of_file
from ledger.capture.source import lines_of
from ledger.capture.spark_events.places import holds_event_logs
from ledger.capture.spark_events.places import logs_of_content
from ledger.capture.spark_events.reading import Reading
from ledger.capture.spark_events.reading import rows_of_logs

_BEGINNING = 1 << 16
_LAYOUTS_KEPT = 64


class Kind(StrEnum):
    """How a file is written."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    JSON = "json"
    SPARK = "spark"


def read_table(
    path: Path, mapping: Mapping | None = None, *, progress: Progress | None = None
) -> Iterator[Row]:
    """The rows of a file; gzip is read as it is.

    Args:
        path: a CSV, TSV, JSONL or JSON file; the format follows from its name and content.
        mapping: how columns become fields. Without one, JSON holds records in the ledger's own
            form, and the columns of a table are guessed by their names (`guess_mapping`).
        progress: called now and then with the number of bytes of the file consumed so far.

    Raises:
        NotFoundError: there is no such file.
        TableError: the file as a whole cannot be read with this map; raised before any row.
    """
    return _read(content_of_file(path), None, mapping, progress)


def read_any(
    value: str | bytes, kind: Kind | None = None, mapping: Mapping | None = None, *, name: str = ""
) -> Iterator[Row]:
    """The rows of pasted text or of an upload, like `read_table`.

    Args:
        value: the content.
        kind: how it is written; found out if absent.
        mapping: how columns become fields.
        name: the name of the uploaded file, if there is one.

    Raises:
        TableError: it cannot be read with this map; raised before any row.
    """
    return _read(content_of_bytes(value, name), kind, mapping, None)


def read_file(
    path: Path, kind: Kind | None = None, mapping: Mapping | None = None, *, name: str = ""
) -> Iterator[Row]:
    """The rows of an upload that is on disk, like `read_any`; it is read as a stream.

    Args:
        path: the file.
        kind: how it is written; found out if absent.
        mapping: how columns become fields.
        name: what the file was called where it came from.

    Raises:
        NotFoundError: there is no such file.
        TableError: it cannot be read with this map; raised before any row.
    """
    return _read(replace(content_of_file(path), name=name), kind, mapping, None)


def header_of(content: Content, kind: Kind, mapping: Mapping | None = None) -> list[str]:
    """The columns of a delimited table, as `guess_mapping` takes them.

    Raises:
        TableError: there is no readable first line.
    """
    header, _ = header_of_lines(_lines(content, mapping, None), kind, mapping)
    return header


def kind_of_content(content: Content) -> Kind:
    """How a content is written, by its first characters and its name."""
    if holds_event_logs(content):
        return Kind.SPARK
    begin = content.begin(_BEGINNING).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if begin.startswith("["):
        return Kind.JSON
    if begin.startswith("{"):
        whole_lines = content.name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson"))
        return (
            Kind.JSONL if whole_lines or begin.split("\n")[0].rstrip().endswith("}") else Kind.JSON
        )
    return Kind.TSV if delimiter_of(begin.split("\n")[0]) == "\t" else Kind.CSV


def _read(
    content: Content, kind: Kind | None, mapping: Mapping | None, progress: Progress | None
) -> Iterator[Row]:
    kind = kind or kind_of_content(content)
    if kind is Kind.SPARK:
        return rows_of_logs(logs_of_content(content), Reading.by(mapping), progress)
    if kind is Kind.JSON:
        return _json_rows(content, json_values(content, progress), mapping)
    if kind is Kind.JSONL:
        return _jsonl_rows(content, mapping, progress)
    return _delimited_rows(content, kind, mapping, progress)


def _lines(content: Content, mapping: Mapping | None, progress: Progress | None) -> Iterator[Line]:
    encoding = mapping.format.encoding if mapping else "utf-8"
    return lines_of(content, encoding=encoding, progress=progress)


def _delimited_rows(
    content: Content, kind: Kind, mapping: Mapping | None, progress: Progress | None
) -> Iterator[Row]:
    columns, delimiter = header_of_lines(_lines(content, mapping, None), kind, mapping)
    mapping = mapping or guess_mapping(columns, file_name=content.name)
    table = choose_table(mapping, content.name, columns)
    check_columns(table, columns)
    layout = Layout(table, mapping, columns, content.stem)
    rows = split_rows(_lines(content, mapping, progress), delimiter)
    return _delimited_records(content, layout, rows, len(columns))


def _delimited_records(
    content: Content, layout: Layout, rows: Iterator[Split], width: int
) -> Iterator[Row]:
    origin = _Origin(content)
    for row, split in enumerate(rows):
        if row == 0:
            continue
        if split.fault is not None:
            yield Bad(row, split.line, None, split.fault)
        elif len(split.fields) != width:
            reason = f"{len(split.fields)} fields where the first line has {width}"
            yield Bad(row, split.line, None, reason)
        else:
            yield _row(layout, row, split.line, split.fields, origin)


def header_of_lines(
    lines: Iterator[Line], kind: Kind, mapping: Mapping | None
) -> tuple[list[str], str]:
    """The columns of a delimited table, and what stands between them.

    Raises:
        TableError: there is no readable first line.
    """
    first = next((line for line in lines if line.fault or line.text.strip()), None)
    if first is None:
        raise TableError("the table is empty", hint="The first line must name the columns.")
    if first.fault:
        raise TableError(
            f"the first line cannot be read: {first.fault}",
            hint="Save the file as UTF-8, or set the encoding in the map.",
        )
    given = mapping.format.delimiter if mapping else None
    delimiter = given or ("\t" if kind is Kind.TSV else delimiter_of(first.text))
    split = next(split_rows(iter([first]), delimiter))
    if split.fault:
        raise TableError(f"the first line cannot be read: {split.fault}")
    return [name.strip() for name in split.fields], delimiter


def _jsonl_rows(
    content: Content, mapping: Mapping | None, progress: Progress | None
) -> Iterator[Row]:
    rows = JSONRows(content, mapping) if mapping else None
    filled = (
        line for line in _lines(content, mapping, progress) if line.fault or line.text.strip()
    )
    for row, line in enumerate(filled, 1):
        if line.fault is not None:
            yield Bad(row, line.number, None, line.fault)
        elif rows is None:
            yield row_of_text(row, line.number, line.text)
        else:
            try:
                value = jsonlines.parse(line.text)
            except ValueError as error:
                yield Bad(row, line.number, None, str(error))
            else:
                yield rows.row(row, line.number, value)


def json_values(content: Content, progress: Progress | None) -> list[Any]:
    """The values of a JSON array, or the one value that there is.

    Raises:
        TableError: too large, or not JSON.
    """
    data = content.begin(jsonlines.MAX_JSON_BYTES + 1)
    if len(data) > jsonlines.MAX_JSON_BYTES:
        limit = jsonlines.MAX_JSON_BYTES >> 20
        raise TableError(
            f"a JSON array of more than {limit} MiB", hint="Write one object per line (JSONL)."
        )
    try:
        value = jsonlines.parse(data.decode("utf-8-sig"))
    except ValueError as error:
        raise TableError(f"{content.name or 'the text'} cannot be read: {error}") from error
    if progress is not None:
        progress(len(data))
    return value if isinstance(value, list) else [value]


def _json_rows(content: Content, values: list[Any], mapping: Mapping | None) -> Iterator[Row]:
    rows = JSONRows(content, mapping) if mapping else None
    for row, value in enumerate(values, 1):
        yield rows.row(row, row, value) if rows else row_of_value(row, row, value)


class _Origin:
    """The origin of a row, as plain values."""

    def __init__(self, content: Content) -> None:
        self._constant = {"kind": "file", "sha256": content.sha256}
        if content.name:
            self._constant["name"] = content.name[:256]

    def of(self, row: int) -> dict[str, Any]:
        return {**self._constant, "row": row}


class JSONRows:
    """JSON objects as rows of a table; objects may differ in their keys."""

    def __init__(self, content: Content, mapping: Mapping) -> None:
        self._content = content
        self._mapping = mapping
        self._origin = _Origin(content)
        self._layouts: dict[tuple[str, ...], Layout] = {}

    def row(self, row: int, line: int, value: Any) -> Row:
        """The row that a JSON value makes."""
        if not isinstance(value, dict):
            return Bad(row, line, None, "not a JSON object")
        cells = jsonlines.flat(value)
        columns = tuple(cells)
        layout = self._layouts.get(columns)
        if layout is None:
            try:
                layout = self._layout(columns)
            except TableError as error:
                return Bad(row, line, None, error.message)
        return _row(layout, row, line, list(cells.values()), self._origin)

    def _layout(self, columns: tuple[str, ...]) -> Layout:
        table = choose_table(self._mapping, self._content.name, columns)
        check_columns(table, columns)
        layout = Layout(table, self._mapping, columns, self._content.stem)
        if len(self._layouts) < _LAYOUTS_KEPT:
            self._layouts[columns] = layout
        return layout


def _row(layout: Layout, row: int, line: int, cells: list[Any], origin: _Origin) -> Row:
    try:
        return Good(row, line, layout.record(cells, origin.of(row)))
    except CellError as error:
        return Bad(row, line, error.column or None, error.reason)
