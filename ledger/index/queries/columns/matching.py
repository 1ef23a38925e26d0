"""Filters as masks over columns: what `ledger.index.queries.conditions` is in SQL."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.filters import Filter
from ledger.index.queries.columns.dictionary import Mask
from ledger.index.queries.columns.loading import SEARCH
from ledger.index.queries.columns.loading import Dictionaries
from ledger.index.queries.columns.table import PENDING
from ledger.index.queries.columns.table import Table
from ledger.index.queries.conditions import FACETS
from ledger.index.queries.conditions import address_in
from ledger.index.queries.conditions import attested_by
from ledger.index.queries.conditions import bounds_of
from ledger.index.queries.conditions import digests_in
from ledger.index.tables import Batch
from ledger.index.tables import Record


def match(
    connection: Connection,
    table: Table,
    dictionaries: Dictionaries,
    chosen: Filter,
    *,
    with_pending: bool,
) -> Mask | None:
    """Which rows pass a filter; None: every row does.

    The database is asked for what no column holds: CIDs, batch ids, who attested.
    """
    found: list[Mask] = [
        dictionaries[name].among(values)[table.codes[name]]
        for name in FACETS
        if (values := getattr(chosen, name))
    ]
    if not with_pending:
        found.append(table.batches != PENDING)
    if chosen.batch:
        query = select(Batch.id).where(Batch.batch_id.in_(chosen.batch))
        found.append(_in_batches(table, connection.execute(query).scalars()))
    if chosen.validator:
        keys = connection.execute(attested_by(chosen.validator)).scalars()
        found.append(_in_batches(table, keys))
    for name, (least, most) in bounds_of(chosen).items():
        if least is not None:
            found.append(table.numbers[name] >= least)
        if most is not None:
            found.append(table.numbers[name] <= most)
    found += [_word(connection, table, dictionaries, word) for word in chosen.q.split()]
    return np.logical_and.reduce(found) if found else None


def _in_batches(table: Table, keys: Iterable[Any]) -> Mask:
    return np.isin(table.batches, np.fromiter(keys, np.int64))


def _word(connection: Connection, table: Table, dictionaries: Dictionaries, word: str) -> Mask:
    if (bounds := digests_in(word)) is not None:
        query = select(Record.id).where(Record.digest.between(*bounds), Record.listed)
        keys: NDArray[np.int64] = np.fromiter(connection.execute(query).scalars(), np.int64)
        return table.holds(keys)
    folded = word.casefold()
    contained = dictionaries[SEARCH].tested(folded, lambda text: folded in text)
    found: Mask = contained[table.codes[SEARCH]]
    if (address := address_in(word)) is not None:
        found = found | dictionaries["contributor"].among([address])[table.codes["contributor"]]
    return found
