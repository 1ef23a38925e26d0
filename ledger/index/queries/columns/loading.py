"""Reads the columns out of the database: all of them, or what changed since."""

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.queries.columns.dictionaries import SEARCH
from ledger.index.queries.columns.dictionaries import Dictionaries
from ledger.index.queries.columns.table import PENDING
from ledger.index.queries.columns.table import Table
from ledger.index.queries.conditions import FACETS
from ledger.index.tables import Record

NUMBERS = ("input_bytes", "runtime_seconds", "started_at")

CONFIGURATIONS = "configuration"
"""The column of the numbers that `Dictionaries.configurations` gives."""

_AT_ONCE = 10_000
"""Rows at once in memory: Python gives back little of what more of them take."""


def load(
    connection: Connection, into: Dictionaries, passing: ColumnElement[bool] | None = None
) -> Table:
    """The records that pass a condition; None: every listed one."""
    query = _columns().where(Record.listed if passing is None else passing).order_by(Record.id)
    rows = connection.execute(query.execution_options(yield_per=_AT_ONCE))
    parts = [encoded(part, into) for part in rows.partitions()]
    return _joined(parts) if parts else encoded([], into)


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
    parts = [encoded([], into)]
    for part in connection.execute(query).partitions():
        keys += [row[0] for row in part]
        parts.append(encoded([row[:-1] for row in part if row[-1]], into))
    return keys, _joined(parts)


def _columns() -> Any:
    return select(
        Record.id,
        Record.batch,
        *(getattr(Record, name) for name in NUMBERS),
        *FACETS.values(),
        Record.search,
    )


def encoded(rows: Sequence[Any], into: Dictionaries) -> Table:
    """Rows of key, batch, `NUMBERS`, facets and text, as columns."""
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True)
    keys, batches, *values = columns if rows else [[]] * (2 + len(NUMBERS) + len(into.values))
    floats = [np.array(column, np.float64) for column in values[: len(NUMBERS)]]
    numbers = dict(zip(NUMBERS, floats, strict=True))
    texts = dict(zip(into.values, values[len(NUMBERS) :], strict=True))
    codes = {name: into[name].encode(column) for name, column in texts.items()}
    into.words.follow(into[SEARCH])
    codes[CONFIGURATIONS] = into.configurations.encode({**codes, **numbers})
    return Table(
        keys=np.array(keys, np.int64),
        batches=np.array([batch or PENDING for batch in batches], np.int64),
        codes=codes,
        numbers=numbers,
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
