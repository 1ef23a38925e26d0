"""Pages of rows in any order: the same places as `ledger.index.queries.paging` in SQL."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ledger.index.queries.columns.dictionaries import Dictionaries
from ledger.index.queries.columns.loading import NUMBERS
from ledger.index.queries.columns.table import Keys
from ledger.index.queries.columns.table import Table
from ledger.index.queries.listing import Place
from ledger.index.queries.listing import Sort
from ledger.index.queries.paging import Cursor

Numbers = NDArray[np.float64]
Rows = NDArray[np.intp]
"""Places of rows in a table, ascending."""


@dataclass(frozen=True, slots=True)
class Order:
    """How some rows are sorted.

    Attributes:
        places: of each row, by value; infinite without one, so that it comes last either way.
        keys: of the rows, which decide between equal values.
    """

    places: Numbers
    keys: Keys

    def beyond(self, place: float, key: int, *, backwards: bool) -> "Order":
        """The rows after a place, or before it."""
        tied = self.places == place
        if backwards:
            there = (self.places < place) | (tied & (self.keys < key))
        else:
            there = (self.places > place) | (tied & (self.keys > key))
        return Order(self.places[there], self.keys[there])

    def first(self, limit: int) -> Keys:
        """The keys of the first rows, in order."""
        places, keys = self.places, self.keys
        if len(keys) > limit:
            furthest = np.partition(places, limit - 1)[limit - 1]
            nearer = places < furthest
            tied = _least(keys[places == furthest], limit - int(np.count_nonzero(nearer)))
            keys = np.concatenate([keys[nearer], tied])
            places = np.concatenate([places[nearer], np.full(len(tied), furthest)])
        return keys[np.lexsort((keys, places))]

    def reversed(self) -> "Order":
        """The other way round, in which `first` gives the last ones."""
        return Order(-self.places, -self.keys)


def _least(keys: Keys, number: int) -> Keys:
    return keys if len(keys) <= number else np.partition(keys, number - 1)[:number]


def page(table: Table, dictionaries: Dictionaries, passing: Rows | None, place: Place) -> list[int]:
    """Keys of the rows of a page, and of one more, nearest to its cursor first.

    Args:
        table: the rows.
        dictionaries: of their values.
        passing: the rows there are; None: all.
        place: which of them make the page.
    """
    sign = -1 if place.descending else 1
    keys = table.keys if passing is None else table.keys.take(passing)
    if place.sort is Sort.ADDED:
        return _in_order_of_keys(keys, place)
    order = Order(_places(table, dictionaries, passing, place), sign * keys)
    if place.cursor is not None:
        at = _place_of(dictionaries, place, place.cursor)
        order = order.beyond(at, sign * place.cursor.key, backwards=place.backwards)
    chosen = (order.reversed() if place.backwards else order).first(place.limit + 1)
    return [abs(int(key)) for key in chosen]


def _in_order_of_keys(keys: Keys, place: Place) -> list[int]:
    """They are sorted already."""
    from_the_end = place.descending != place.backwards
    if place.cursor is not None:
        if from_the_end:
            keys = keys[: np.searchsorted(keys, place.cursor.key, side="left")]
        else:
            keys = keys[np.searchsorted(keys, place.cursor.key, side="right") :]
    chosen = keys[::-1] if from_the_end else keys
    return [int(key) for key in chosen[: place.limit + 1]]


def _places(
    table: Table, dictionaries: Dictionaries, passing: Rows | None, place: Place
) -> Numbers:
    name = place.sort.value
    column = table.numbers[name] if name in NUMBERS else table.codes[name]
    values = column if passing is None else column.take(passing)
    if name in NUMBERS:
        places = np.where(np.isnan(values), np.inf, values)
    else:
        places = dictionaries[name].ranks()[values]
    if place.descending:
        places = np.where(np.isinf(places), np.inf, -places)
    return places


def _place_of(dictionaries: Dictionaries, place: Place, cursor: Cursor) -> float:
    if cursor.value is None:
        return np.inf
    if place.sort.value in NUMBERS:
        at = float(cursor.value)
    else:
        at = dictionaries[place.sort.value].rank_of(cursor.value)
    return -at if place.descending else at
