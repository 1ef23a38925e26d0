"""Runtimes of records in groups that the database makes."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from itertools import groupby
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import case
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.bins import FINE_BYTES
from ledger.index.queries.conditions import FACETS
from ledger.index.tables import Record

Key = tuple[Any, ...]
"""The values that the records of a group have in common, None where they name none."""

Group = tuple[Key, Sequence[float]]
"""Records with a key in common, as their runtimes in seconds, ascending."""

Started = tuple[Sequence[float], Sequence[float]]
"""When records started (microseconds since 1970), and their runtimes in seconds, in any order."""

_EDGES = tuple(dict.fromkeys(FINE_BYTES))

_INPUT_RANGE = case(
    *((Record.input_bytes < above, below) for below, above in pairwise(_EDGES)),
    (Record.input_bytes.is_not(None), _EDGES[-1]),
)

GROUPED = {
    **FACETS,
    "input_bytes": Record.input_bytes,
    "input_range": _INPUT_RANGE,
    "search": Record.search,
}
"""The fields by which records can be grouped, with their columns.

``input_range`` is the size at which the range of `FINE_BYTES` begins that holds the input's.
"""

CONFIGURATION = (
    "job",
    "framework",
    "algorithm",
    "machine_type",
    "provider",
    "nodes",
    "input_bytes",
    "search",
)
"""The fields that runs of one configuration have in common, of those of `GROUPED`."""

_AT_ONCE = 10_000


def grouped(
    connection: Connection, passing: ColumnElement[bool], fields: Sequence[str]
) -> Iterator[Group]:
    """The groups of the records that pass, one after the other; no more than one is in memory."""
    columns = [GROUPED[name] for name in fields]
    query = select(*columns, Record.runtime_seconds).where(passing)
    rows: Iterable[Any] = connection.execute(
        query.order_by(*columns, Record.runtime_seconds).execution_options(yield_per=_AT_ONCE)
    )
    for key, members in groupby(rows, key=_key):
        yield key, [row[-1] for row in members]


def started(connection: Connection, passing: ColumnElement[bool]) -> Started:
    """Starts and runtimes of the records that pass and say when they started."""
    query = select(Record.started_at, Record.runtime_seconds).where(
        passing, Record.started_at.is_not(None)
    )
    rows: Sequence[Any] = connection.execute(query).all()
    return [row[0] for row in rows], [row[1] for row in rows]


def _key(row: Any) -> Key:
    return tuple(row)[:-1]
