"""Runtimes of records in groups that are made of columns in memory."""

from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ledger.index.bins import FINE_BYTES
from ledger.index.queries.columns.dictionaries import Dictionaries
from ledger.index.queries.columns.paging import Rows
from ledger.index.queries.columns.table import Table
from ledger.index.queries.runtimes import Group
from ledger.index.queries.runtimes import Started

RANGE = "input_range"

_EDGES = np.array(list(dict.fromkeys(FINE_BYTES)), np.float64)

_SHORT = 2**16 - 1

_WIDEST = 2**62
"""Combined codes beyond this are numbered anew, so that they stay within 64 bits."""


def grouped(
    table: Table, dictionaries: Dictionaries, passing: Rows | None, fields: Sequence[str]
) -> Iterator[Group]:
    """The groups of the rows that pass (None: all), one after the other."""
    rows = np.arange(len(table)) if passing is None else passing
    if not len(rows):
        return
    runtimes = table.numbers["runtime_seconds"][rows]
    combined = _combined(table, dictionaries, rows, fields)
    order = np.argsort(_narrow(combined), kind="stable")
    combined, runtimes, rows = combined[order], runtimes[order], rows[order]
    first = np.flatnonzero(np.diff(combined)) + 1
    begins = np.concatenate([[0], first])
    for begin, end in zip(begins, [*first, len(rows)], strict=True):
        key = tuple(value_of(table, dictionaries, name, rows[begin]) for name in fields)
        yield key, cast("Sequence[float]", np.sort(runtimes[begin:end]))


def started(table: Table, passing: Rows | None) -> Started:
    """Starts and runtimes of the rows that pass (None: all) and say when they started."""
    starts, runtimes = table.numbers["started_at"], table.numbers["runtime_seconds"]
    if passing is not None:
        starts, runtimes = starts[passing], runtimes[passing]
    there = ~np.isnan(starts)
    return cast("Started", (starts[there], runtimes[there]))


def _narrow(combined: NDArray[np.int64]) -> NDArray[Any]:
    """The same in 16 bits where that is enough: numpy sorts those by digits, in linear time."""
    return combined.astype(np.uint16) if combined.max() <= _SHORT else combined


def _combined(
    table: Table, dictionaries: Dictionaries, rows: NDArray[np.int64], fields: Sequence[str]
) -> NDArray[np.int64]:
    """One number for each row, the same for rows with the same values."""
    combined, width = np.zeros(len(rows), np.int64), 1
    for name in fields:
        codes, size = _codes(table, dictionaries, rows, name)
        if width * size > _WIDEST:
            combined = np.unique(combined, return_inverse=True)[1].astype(np.int64)
            width = int(combined.max()) + 1
        combined = combined * size + codes
        width *= size
    return combined


def _codes(
    table: Table, dictionaries: Dictionaries, rows: NDArray[np.int64], name: str
) -> tuple[NDArray[np.int64], int]:
    """Codes of a field's values, and how many there may be."""
    if name in table.codes:
        return table.codes[name][rows].astype(np.int64), len(dictionaries[name])
    if name == RANGE:
        sizes = table.numbers["input_bytes"][rows]
        codes = np.where(np.isnan(sizes), 0, np.searchsorted(_EDGES, sizes, side="right"))
        return codes.astype(np.int64), len(_EDGES) + 1
    values, codes = np.unique(table.numbers[name][rows], return_inverse=True, equal_nan=True)
    return codes.astype(np.int64), len(values)


def value_of(table: Table, dictionaries: Dictionaries, name: str, row: int) -> Any:
    """What a field of `ledger.index.queries.runtimes.GROUPED` says in a row."""
    if name in table.codes:
        return dictionaries[name].value(int(table.codes[name][row]))
    value = table.numbers["input_bytes" if name == RANGE else name][row]
    if np.isnan(value):
        return None
    return int(_EDGES[np.searchsorted(_EDGES, value, side="right") - 1] if name == RANGE else value)
