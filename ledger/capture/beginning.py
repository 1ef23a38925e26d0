"""How a table begins: its columns and what stands in them, for whoever maps them."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ledger.capture import jsonlines
from ledger.capture.delimited import split_rows
from ledger.capture.mapping import Mapping
from ledger.capture.rows import TableError
from ledger.capture.source import Content
from ledger.capture.source import content_of_file
from ledger.capture.source import lines_of
from ledger.capture.tables import Kind
from ledger.capture.tables import header_of_lines
from ledger.capture.tables import json_values
from ledger.capture.tables import kind_of_content

ROWS = 20
"""As many are looked at; objects may differ in their keys."""

SAMPLES = 3
_SAMPLE_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: as the first line, or an object's key, has it.
        samples: the first values that are not empty, cut where they are long.
    """

    name: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a table begins.

    Attributes:
        kind: how it is written.
        columns: in their order.
        always: whether every row has every column.
    """

    kind: Kind
    columns: tuple[Column, ...]
    always: bool


def beginning_of(path: Path, kind: Kind | None = None, mapping: Mapping | None = None) -> Beginning:
    """The columns of a file and samples of what they hold.

    Args:
        path: the file.
        kind: how it is written; found out if absent.
        mapping: says how it is written, where that cannot be seen.

    Raises:
        NotFoundError: there is no such file.
        TableError: it cannot be read.
    """
    content = content_of_file(path)
    kind = kind or kind_of_content(content)
    if kind is Kind.SPARK:
        raise TableError(
            "an event log has no columns", hint="It is read as it is; a map can add to it."
        )
    if kind in {Kind.CSV, Kind.TSV}:
        return _delimited(content, kind, mapping)
    return _objects(content, kind, mapping)


def _delimited(content: Content, kind: Kind, mapping: Mapping | None) -> Beginning:
    encoding = mapping.format.encoding if mapping else "utf-8"
    names, delimiter = header_of_lines(lines_of(content, encoding=encoding), kind, mapping)
    splits = islice(split_rows(lines_of(content, encoding=encoding), delimiter), 1, ROWS + 1)
    rows = [dict(zip(names, split.fields, strict=False)) for split in splits if not split.fault]
    return Beginning(kind, _columns(names, rows), always=True)


def _objects(content: Content, kind: Kind, mapping: Mapping | None) -> Beginning:
    values = _values(content, kind, mapping)
    rows = [jsonlines.flat(value) for value in values if isinstance(value, dict)]
    if not rows:
        raise TableError(
            "there is no JSON object to take columns from",
            hint="Write one object per line, or an array of them.",
        )
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Beginning(kind, _columns(names, rows), always=False)


def _values(content: Content, kind: Kind, mapping: Mapping | None) -> list[Any]:
    if kind is Kind.JSON:
        return json_values(content, None)[:ROWS]
    encoding = mapping.format.encoding if mapping else "utf-8"
    values = []
    for line in islice(lines_of(content, encoding=encoding), ROWS):
        try:
            values.append(jsonlines.parse(line.text))
        except ValueError:  # a bad row, which is told where rows are read
            continue
    return values


def _columns(names: list[str], rows: list[dict[str, Any]]) -> tuple[Column, ...]:
    return tuple(
        Column(
            name,
            tuple(
                islice(
                    (_shown(row[name]) for row in rows if row.get(name) not in (None, "")), SAMPLES
                )
            ),
        )
        for name in names
    )


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _SAMPLE_CHARACTERS else text[:_SAMPLE_CHARACTERS] + "…"
