"""What is asked of whole columns, kept while they grow at their end.

A page without filters counts every record; with each record that comes it would count all of them
again. A column that has only grown begins where the one before it began (`Table.changed`), so that
its new end is all that has to be looked at.
"""

from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Hashable
from threading import Lock
from typing import Any
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ledger.index.bins import Range
from ledger.index.queries.columns.dictionary import Codes
from ledger.index.queries.columns.table import Numbers

Told = TypeVar("Told")

Extremes = tuple[float, float]
"""The least and the greatest of some numbers; infinities, the greater first, if there are none."""

_REMEMBERED = 256
"""Some for each column: its ranges are few."""


class Whole:
    """Safe for several threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[NDArray[Any], Any]] = OrderedDict()
        self._lock = Lock()

    def counts(self, name: str, codes: Codes) -> NDArray[np.int64]:
        """How often each code stands in a column."""
        return self._kept(("counts", name), codes, np.bincount, _added)

    def extremes(self, name: str, numbers: Numbers) -> Extremes:
        """The least and the greatest number of a column."""
        return self._kept(("extremes", name), numbers, _extremes, _wider)

    def within(self, name: str, numbers: Numbers, bounds: Range) -> int:
        """How many numbers of a column are in a range."""
        key = ("within", name, bounds.least, bounds.most)
        return self._kept(key, numbers, lambda end: number_within(end, bounds), int.__add__)

    def _kept(
        self,
        key: Hashable,
        column: NDArray[Any],
        ask: Callable[[NDArray[Any]], Told],
        join: Callable[[Told, Told], Told],
    ) -> Told:
        with self._lock:
            known: tuple[NDArray[Any], Told] | None = self._known.get(key)
        if known is None or not _has_grown(known[0], column):
            found = ask(column)
        else:
            before, found = known
            if len(before) < len(column):
                found = join(found, ask(column[len(before) :]))
        with self._lock:
            self._known[key] = (column, found)
            self._known.move_to_end(key)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found


def number_within(values: Numbers, bounds: Range) -> int:
    """How many of some numbers are in a range."""
    within = values >= bounds.least
    if bounds.most is not None:
        within &= values <= bounds.most
    return int(np.count_nonzero(within))


def _has_grown(before: NDArray[Any], column: NDArray[Any]) -> bool:
    """Whether a column is another with something behind it, or the same."""
    same_array = column is before or (column.base is not None and column.base is before.base)
    return same_array and len(before) <= len(column)


def _added(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    longer, shorter = sorted((one, other), key=len, reverse=True)
    total: NDArray[np.int64] = longer.copy()
    total[: len(shorter)] += shorter
    return total


def _extremes(numbers: Numbers) -> Extremes:
    there = numbers[~np.isnan(numbers)]
    return (float(there.min()), float(there.max())) if len(there) else (np.inf, -np.inf)


def _wider(one: Extremes, other: Extremes) -> Extremes:
    return min(one[0], other[0]), max(one[1], other[1])
