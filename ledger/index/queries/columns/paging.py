"""Pages of rows in any order: the same places as `ledger.index.queries.paging` in SQL."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ledger.index.queries.columns.dictionary import Mask
from ledger.index.queries.columns.loading import NUMBERS
from ledger.index.queries.columns.loading import Dictionaries
from ledger.index.queries.columns.table import Table
from ledger.index.queries.listing import Sort
from ledger.index.queries.paging import Cursor

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Order:
    """How rows are sorted.

    Attributes:
        places: of each row, by value; infinite without one, so that it comes last either way.
        keys: of the rows, which decide between equal values.
    """

    places: Numbers
    keys: NDArray[np.int64]

    def beyond(self, place: float, key: int, *, backwards: bool) -> Mask:
        """Rows after a place, or before it."""
        tied = self.places == place
        beyond: Mask
        if backwards:
            beyond = (self.places < place) | (tied & (self.keys < key))
        else:
            beyond = (self.places > place) | (tied & (self.keys > key))
        return beyond

    def first(self, rows: NDArray[np.intp], limit: int) -> NDArray[np.intp]:
        """The first of some rows, in order."""
        places = self.places[rows]
        if len(rows) > limit:
            furthest = np.partition(places, limit - 1)[limit - 1]
            tied = rows[places == furthest]
            rows = rows[places < furthest]
            tied = tied[_least(self.keys[tied], limit - len(rows))]
            rows = np.concatenate([rows, tied])
        return rows[np.lexsort((self.keys[rows], self.places[rows]))]

    def reversed(self) -> "Order":
        """The other way round, in which `first` gives the last ones."""
        return Order(-self.places, -self.keys)


def _least(keys: NDArray[np.int64], number: int) -> NDArray[np.intp]:
    if len(keys) <= number:
        return np.arange(len(keys))
    return np.argpartition(keys, number - 1)[:number]


def page(
    table: Table,
    dictionaries: Dictionaries,
    passing: Mask | None,
    *,
    sort: Sort,
    descending: bool,
    limit: int,
    cursor: Cursor | None,
    backwards: bool,
) -> list[int]:
    """Keys of the rows of a page, in order.

    Args:
        table: the rows.
        dictionaries: of their values.
        passing: which rows there are; None: all.
        sort: what to sort by.
        descending: whether the greatest comes first.
        limit: rows at most.
        cursor: the place that the page follows, or precedes; None: from the beginning.
        backwards: whether it precedes it; the rows come nearest first then.
    """
    order = _order(table, dictionaries, sort, descending=descending)
    rows = np.ones(len(table), np.bool_) if passing is None else passing
    if cursor is not None:
        place = _place(dictionaries, sort, cursor, descending=descending)
        key = -cursor.key if descending else cursor.key
        rows = rows & order.beyond(place, key, backwards=backwards)
    chosen = (order.reversed() if backwards else order).first(np.flatnonzero(rows), limit)
    return [int(key) for key in table.keys[chosen]]


def _order(table: Table, dictionaries: Dictionaries, sort: Sort, *, descending: bool) -> Order:
    sign = -1 if descending else 1
    if sort is Sort.ADDED:
        return Order(np.zeros(len(table)), sign * table.keys)
    if sort.value in NUMBERS:
        values = table.numbers[sort.value]
        missing = np.isnan(values)
    else:
        values = dictionaries[sort.value].ranks()[table.codes[sort.value]]
        missing = np.isinf(values)
    return Order(np.where(missing, np.inf, sign * values), sign * table.keys)


def _place(dictionaries: Dictionaries, sort: Sort, cursor: Cursor, *, descending: bool) -> float:
    if sort is Sort.ADDED:
        return 0.0
    if cursor.value is None:
        return np.inf
    if sort.value in NUMBERS:
        place = float(cursor.value)
    else:
        place = dictionaries[sort.value].rank_of(cursor.value)
    return -place if descending else place
