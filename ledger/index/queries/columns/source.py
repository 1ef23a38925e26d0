"""Counts and orders records out of their columns in memory."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.bins import Range
from ledger.index.bins import ranges
from ledger.index.filters import Filter
from ledger.index.queries.columns import runtimes
from ledger.index.queries.columns.dictionaries import Dictionaries
from ledger.index.queries.columns.dictionary import NONE
from ledger.index.queries.columns.matching import Remembered
from ledger.index.queries.columns.matching import match
from ledger.index.queries.columns.paging import Rows
from ledger.index.queries.columns.paging import page
from ledger.index.queries.columns.runs import Runs
from ledger.index.queries.columns.table import Table
from ledger.index.queries.columns.whole import Whole
from ledger.index.queries.listing import Place
from ledger.index.queries.runtimes import Group
from ledger.index.queries.runtimes import Started
from ledger.index.queries.source import Counts
from ledger.index.queries.source import Pairs
from ledger.index.tables import COMPLETE
from ledger.index.tables import Attestation

_COUNTED_AT_ONCE = 1 << 22
"""Pairs of values for which there is room for a counter each; more are sorted instead."""


class ColumnSource:
    """A `ledger.index.queries.source.RecordSource` out of memory.

    Args:
        connection: a read transaction, for what no column holds.
        table: the columns, as of that transaction.
        dictionaries: of their values.
        whole: what is known of columns as they grow.
        with_pending: whether records that no batch holds are there.
    """

    def __init__(
        self,
        connection: Connection,
        table: Table,
        dictionaries: Dictionaries,
        whole: Whole,
        *,
        with_pending: bool,
    ) -> None:
        self._connection = connection
        self._table = table
        self._dictionaries = dictionaries
        self._whole = whole
        self._with_pending = with_pending
        self._conditions: Remembered = {}
        self._passed: dict[Filter, Rows | None] = {}

    def count(self, chosen: Filter) -> int:
        """See `RecordSource`."""
        rows = self._rows(chosen)
        return len(self._table) if rows is None else len(rows)

    def values(self, chosen: Filter, field: str, limit: int | None = None) -> Counts:
        """See `RecordSource`."""
        dictionary = self._dictionaries[field]
        column, rows = self._table.codes[field], self._rows(chosen)
        if rows is None:
            counts = self._whole.counts(field, column)
        else:
            counts = np.bincount(column.take(rows))
        there = np.flatnonzero(counts[NONE + 1 :]) + NONE + 1
        order = np.lexsort((dictionary.ranks()[there], -counts[there]))
        return [(dictionary.value(code), int(counts[code])) for code in there[order][:limit]]

    def pairs(self, chosen: Filter, first: str, second: str) -> Pairs:
        """See `RecordSource`."""
        one, other = self._dictionaries[first], self._dictionaries[second]
        size = len(other)
        both = self._of(chosen, self._table.codes[first]).astype(np.int64) * size
        both += self._of(chosen, self._table.codes[second])
        if len(one) * size <= _COUNTED_AT_ONCE:
            numbers = np.bincount(both)
            found = np.flatnonzero(numbers)
            counts = numbers[found]
        else:
            found, counts = np.unique(both, return_counts=True)
        return {
            (one.value(pair // size), other.value(pair % size)): count
            for pair, count in zip(found.tolist(), counts.tolist(), strict=True)
            if pair // size != NONE and pair % size != NONE
        }

    def attested(self, chosen: Filter) -> Counts:
        """See `RecordSource`."""
        by_batch = self._by_batch(chosen)
        query = select(Attestation.validator, Attestation.batch).where(
            Attestation.standing, Attestation.state == COMPLETE
        )
        found: dict[str, int] = {}
        for validator, batch in self._connection.execute(query):
            if count := by_batch.get(batch, 0):
                found[validator] = found.get(validator, 0) + count
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))

    def binned(self, chosen: Filter, column: str) -> list[tuple[Range, int]]:
        """See `RecordSource`."""
        # Of rows that were picked out nothing is worth keeping: they are others each time.
        whole = self._whole if self._rows(chosen) is None else Whole()
        values = self._of(chosen, self._table.numbers[column])
        least, greatest = whole.extremes(column, values)
        if least > greatest:
            return []
        found = ranges(column, least, greatest)
        counted = [(each, whole.within(column, values, each)) for each in found]
        return [(each, number) for each, number in counted if number]

    def runtimes(self, chosen: Filter, fields: Sequence[str]) -> Iterator[Group]:
        """See `RecordSource`."""
        return runtimes.grouped(self._table, self._dictionaries, self._rows(chosen), fields)

    def runs(self, chosen: Filter) -> Runs:
        """See `RecordSource`."""
        return Runs.of(self._table, self._dictionaries, self._rows(chosen))

    def started(self, chosen: Filter) -> Started:
        """See `RecordSource`."""
        return runtimes.started(self._table, self._rows(chosen))

    def keys(self, chosen: Filter, place: Place) -> list[int]:
        """See `RecordSource`."""
        return page(self._table, self._dictionaries, self._rows(chosen), place)

    def _rows(self, chosen: Filter) -> Rows | None:
        """Places of the rows that pass a filter; None: all of them."""
        if chosen not in self._passed:
            passing = match(
                self._connection,
                self._table,
                self._dictionaries,
                chosen,
                self._conditions,
                with_pending=self._with_pending,
            )
            self._passed[chosen] = None if passing is None else np.flatnonzero(passing)
        return self._passed[chosen]

    def _of(self, chosen: Filter, column: NDArray[Any]) -> NDArray[Any]:
        """A column's values in the rows that pass a filter."""
        rows = self._rows(chosen)
        return column if rows is None else column.take(rows)

    def _by_batch(self, chosen: Filter) -> Mapping[int, int]:
        found, counts = np.unique(self._of(chosen, self._table.batches), return_counts=True)
        return dict(zip(found.tolist(), counts.tolist(), strict=True))
