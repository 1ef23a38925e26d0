"""Filters as masks over columns: what `ledger.index.queries.conditions` is in SQL."""

from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.filters import Filter
from ledger.index.queries.columns.dictionaries import SEARCH
from ledger.index.queries.columns.dictionaries import Dictionaries
from ledger.index.queries.columns.dictionary import Mask
from ledger.index.queries.columns.table import PENDING
from ledger.index.queries.columns.table import Table
from ledger.index.queries.conditions import FACETS
from ledger.index.queries.conditions import address_in
from ledger.index.queries.conditions import attested_by
from ledger.index.queries.conditions import bounds_of
from ledger.index.queries.conditions import digests_in
from ledger.index.queries.conditions import shown
from ledger.index.queries.conditions import unindexed
from ledger.index.tables import Batch
from ledger.index.tables import Record

Remembered = dict[Hashable, Mask]


def match(
    connection: Connection,
    table: Table,
    dictionaries: Dictionaries,
    chosen: Filter,
    remembered: Remembered,
    *,
    with_pending: bool,
) -> Mask | None:
    """Which rows pass a filter; None: every row does.

    The database is asked for what no column holds: CIDs, batch ids, who attested.

    Args:
        connection: a read transaction, of which the columns are.
        table: the columns.
        dictionaries: of their values.
        chosen: the filter.
        remembered: masks of single conditions: facets are counted under a filter without one of
            them at a time.
        with_pending: whether records that no batch holds are there.
    """
    found = []
    for name, condition in _conditions(connection, table, dictionaries, chosen, with_pending):
        if name not in remembered:
            remembered[name] = condition()
        found.append(remembered[name])
    return np.logical_and.reduce(found) if found else None


def _conditions(
    connection: Connection,
    table: Table,
    dictionaries: Dictionaries,
    chosen: Filter,
    with_pending: bool,
) -> Iterator[tuple[Hashable, Callable[[], Mask]]]:
    """What a filter asks for: names of the conditions, and how to apply each."""
    if not with_pending:
        yield "anchored", lambda: table.batches != PENDING
    for name in FACETS:
        if values := getattr(chosen, name):
            yield (name, values), partial(_has, table, dictionaries, name, values)
    if chosen.batch:
        named = select(Batch.id).where(Batch.batch_id.in_(chosen.batch))
        yield ("batch", chosen.batch), partial(_in_batches, connection, table, named)
    if chosen.validator:
        attested = attested_by(chosen.validator)
        yield ("validator", chosen.validator), partial(_in_batches, connection, table, attested)
    for name, (least, most) in bounds_of(chosen).items():
        if least is not None:
            yield (name, "least", least), partial(np.greater_equal, table.numbers[name], least)
        if most is not None:
            yield (name, "most", most), partial(np.less_equal, table.numbers[name], most)
    for word in chosen.q.split():
        yield ("q", word), partial(_word, connection, table, dictionaries, word)


def _has(table: Table, dictionaries: Dictionaries, name: str, values: Iterable[object]) -> Mask:
    found: Mask = dictionaries[name].among(values)[table.codes[name]]
    return found


def _in_batches(connection: Connection, table: Table, query: Select[Any]) -> Mask:
    return np.isin(table.batches, np.fromiter(connection.execute(query).scalars(), np.int64))


def _word(connection: Connection, table: Table, dictionaries: Dictionaries, word: str) -> Mask:
    if (bounds := digests_in(word)) is not None:
        query = select(Record.id).where(
            Record.digest.between(*bounds), unindexed(shown(with_pending=True))
        )
        keys: NDArray[np.int64] = np.fromiter(connection.execute(query).scalars(), np.int64)
        return table.holds(keys)
    folded = word.casefold()
    found: Mask = dictionaries.words.containing(folded)[table.codes[SEARCH]]
    if (address := address_in(word)) is not None:
        found = found | dictionaries["contributor"].among([address])[table.codes["contributor"]]
    return found
