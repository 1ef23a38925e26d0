"""A map applied to the columns a table really has."""

from collections.abc import Sequence
from typing import Any

from ledger.capture.cells import Cells
from ledger.capture.cells import Get
from ledger.capture.cells import getter
from ledger.capture.field_sources import Source
from ledger.capture.mapping import Mapping
from ledger.capture.mapping import Table
from ledger.capture.rows import CellError
from ledger.capture.rows import TableError
from ledger.capture.targets import Kind
from ledger.capture.targets import kind_of
from ledger.capture.targets import parts_of
from ledger.record import codec
from ledger.record.schema import Record

MAX_COLUMNS = 512

_NEEDED_IN = {"cluster": "cluster.nodes", "job": "job.name", "job.framework": "job.framework.name"}
"""A part that no cell filled is missing as a whole; this is the field it needs."""


class Layout:
    """Turns the cells of a row into a record.

    Raises:
        TableError: the columns do not fit the map.
    """

    def __init__(self, table: Table, mapping: Mapping, columns: Sequence[str], stem: str) -> None:
        fields = {**table.fields, **_unknown_fields(table, columns)}
        position = {column: index for index, column in enumerate(columns)}
        missing = frozenset(mapping.format.missing)
        self._columns = {path: source.columns for path, source in fields.items()}
        self._setters: list[tuple[tuple[str, ...], str, Get]] = []
        for path, source in fields.items():
            if all(column in position for column in source.columns):
                *parents, key = parts_of(path)
                get = getter(source, kind_of(path) or Kind.SCALAR, position, missing, stem)
                self._setters.append((tuple(parents), key, get))

    def record(self, cells: Cells, origin: dict[str, Any]) -> Record:
        """The record of a row.

        Raises:
            CellError: naming the column at fault.
        """
        value: dict[str, Any] = {"origin": origin}
        for parents, key, get in self._setters:
            found = get(cells)
            if found is None:
                continue
            part = value
            for parent in parents:
                part = part.setdefault(parent, {})
            part[key] = found
        try:
            return codec.from_python(value)
        except codec.InvalidRecordError as error:
            raise self._cell_error(error) from error

    def _cell_error(self, error: codec.InvalidRecordError) -> CellError:
        path, reason = error.problems[0]
        path = _NEEDED_IN.get(path, path)
        if reason == "Field required":
            reason = f"no value for {path}"
        for field, columns in self._columns.items():
            if columns and f"{path}.".startswith(f"{field}."):
                return CellError(columns[0], reason)
        return CellError("", f"{path}: {reason}")


def choose_table(mapping: Mapping, file_name: str, columns: Sequence[str]) -> Table:
    """The kind of table a file is: by its name, else by being the only kind its columns fit.

    Raises:
        TableError: no kind fits, or several do.
    """
    tables = mapping.tables()
    if not tables:
        raise TableError(
            "the map is for event logs, and this is a table",
            hint="Add [fields] to the map (docs/example-map.toml), or give it event logs only.",
        )
    candidates = [table for table in tables if table.is_for(file_name)]
    if not candidates:
        candidates = [table for table in tables if not table.files]
    if not candidates:
        candidates = [table for table in tables if _misfit(table, columns) is None]
    if len(candidates) == 1:
        return candidates[0]
    patterns = ", ".join(pattern for table in tables for pattern in table.files) or "any"
    fitting = "several" if candidates else "none"
    raise TableError(
        f"{file_name or 'the table'} fits {fitting} of the map's tables",
        hint=f"The map has tables for files named {patterns}; name the file so, or change `files`.",
    )


def read_columns(mapping: Mapping) -> set[str] | None:
    """The columns that some table of a map reads; None: the others are not ignored."""
    tables = mapping.tables()
    if any(table.unknown_columns != "ignore" for table in tables):
        return None
    return {column for table in tables for column in table.read_columns()}


def check_columns(table: Table, columns: Sequence[str]) -> None:
    """Check that the table has the columns the map needs, and no others unless it allows them.

    Raises:
        TableError: naming the columns that are missing, unknown or double.
    """
    if len(columns) > MAX_COLUMNS:
        raise TableError(f"the table has more than {MAX_COLUMNS} columns")
    double = sorted({column for column in columns if columns.count(column) > 1})
    if double:
        raise TableError(
            f"several columns have the name {', '.join(map(repr, double))}",
            hint="The first line must name each column once.",
        )
    misfit = _misfit(table, columns)
    if misfit:
        raise TableError(
            misfit,
            hint=f"The table has the columns {', '.join(map(repr, columns))}. Change the map's "
            'fields, or set unknown_columns to "ignore" or to a named map of the record.',
        )


def _misfit(table: Table, columns: Sequence[str]) -> str | None:
    absent = sorted(table.required_columns().difference(columns))
    if absent:
        return f"there is no column {', '.join(map(repr, absent))}"
    unknown = sorted(set(columns).difference(table.read_columns()))
    if unknown and table.unknown_columns == "error":
        return f"the map does not know the column {', '.join(map(repr, unknown))}"
    return None


def _unknown_fields(table: Table, columns: Sequence[str]) -> dict[str, Source]:
    target = table.unknown_columns
    if target in {None, "error", "ignore"}:
        return {}
    unknown = [column for column in columns if column and column not in table.read_columns()]
    return {f"{target}.{column}": Source(column=column) for column in unknown}
