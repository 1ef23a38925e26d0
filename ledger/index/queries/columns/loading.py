"""Reads the columns out of the database: all of them, or what changed since."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.queries.columns.dictionary import Dictionary
from ledger.index.queries.columns.table import PENDING
from ledger.index.queries.columns.table import Table
from ledger.index.queries.conditions import FACETS
from ledger.index.tables import Record

SEARCH = "search"

NUMBERS = ("input_bytes", "runtime_seconds", "started_at")

_AT_ONCE = 50_000

Dictionaries = Mapping[str, Dictionary[Any]]


def dictionaries() -> dict[str, Dictionary[Any]]:
    """An empty one for each column of values that repeat."""
    return {name: Dictionary() for name in (*FACETS, SEARCH)}


def load(connection: Connection, into: Dictionaries) -> Table:
    """Every listed record."""
    query = _columns().where(Record.listed).order_by(Record.id)
    rows = connection.execute(query.execution_options(yield_per=_AT_ONCE))
    parts = [_table(part, into) for part in rows.partitions()]
    return _joined(parts) if parts else _table([], into)


def changes(connection: Connection, since: int, into: Dictionaries) -> tuple[list[int], Table]:
    """Keys of the rows that changed after a revision, and those of them that are listed.

    Ordered by an expression: by the key, SQLite would go through all records in its order.
    """
    query = (
        _columns()
        .add_columns(Record.listed)
        .where(Record.revision > since)
        .order_by(Record.id + 0)
        .execution_options(yield_per=_AT_ONCE)
    )
    keys: list[int] = []
    parts = [_table([], into)]
    for part in connection.execute(query).partitions():
        keys += [row[0] for row in part]
        parts.append(_table([row[:-1] for row in part if row[-1]], into))
    return keys, _joined(parts)


def _columns() -> Any:
    return select(
        Record.id,
        Record.batch,
        *(getattr(Record, name) for name in NUMBERS),
        *FACETS.values(),
        Record.search,
    )


def _table(rows: Sequence[Any], into: Dictionaries) -> Table:
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True)
    keys, batches, *values = columns if rows else [[]] * (2 + len(NUMBERS) + len(into))
    numbers = dict(zip(NUMBERS, values, strict=False))
    codes = dict(zip(into, values[len(NUMBERS) :], strict=True))
    return Table(
        keys=np.array(keys, np.int64),
        batches=np.array([batch or PENDING for batch in batches], np.int64),
        codes={name: into[name].encode(column) for name, column in codes.items()},
        numbers={name: np.array(column, np.float64) for name, column in numbers.items()},
    )


def _joined(parts: Sequence[Table]) -> Table:
    return Table(
        keys=np.concatenate([part.keys for part in parts]),
        batches=np.concatenate([part.batches for part in parts]),
        codes={
            name: np.concatenate([part.codes[name] for part in parts]) for name in parts[0].codes
        },
        numbers={
            name: np.concatenate([part.numbers[name] for part in parts])
            for name in parts[0].numbers
        },
    )
