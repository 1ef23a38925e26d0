"""Counts and orders records out of their columns in memory."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.bins import Range
from ledger.index.bins import ranges
from ledger.index.filters import Filter
from ledger.index.queries.columns.dictionary import NONE
from ledger.index.queries.columns.dictionary import Mask
from ledger.index.queries.columns.loading import Dictionaries
from ledger.index.queries.columns.matching import match
from ledger.index.queries.columns.paging import page
from ledger.index.queries.columns.table import Table
from ledger.index.queries.listing import Place
from ledger.index.queries.source import Counts
from ledger.index.queries.source import Pairs
from ledger.index.tables import COMPLETE
from ledger.index.tables import Attestation


class ColumnSource:
    """A `ledger.index.queries.source.RecordSource` out of memory.

    Args:
        connection: a read transaction, for what no column holds.
        table: the columns, as of that transaction.
        dictionaries: of their values.
        with_pending: whether records that no batch holds are there.
    """

    def __init__(
        self,
        connection: Connection,
        table: Table,
        dictionaries: Dictionaries,
        *,
        with_pending: bool,
    ) -> None:
        self._connection = connection
        self._table = table
        self._dictionaries = dictionaries
        self._with_pending = with_pending
        self._passed: dict[Filter, Mask | None] = {}

    def count(self, chosen: Filter) -> int:
        """See `RecordSource`."""
        passing = self._passing(chosen)
        return len(self._table) if passing is None else int(np.count_nonzero(passing))

    def values(self, chosen: Filter, field: str, limit: int | None = None) -> Counts:
        """See `RecordSource`."""
        dictionary = self._dictionaries[field]
        counts = np.bincount(self._codes(chosen, field), minlength=len(dictionary))
        counts[NONE] = 0
        there = np.flatnonzero(counts)
        order = np.lexsort((dictionary.ranks()[there], -counts[there]))
        return [(dictionary.value(code), int(counts[code])) for code in there[order][:limit]]

    def pairs(self, chosen: Filter, first: str, second: str) -> Pairs:
        """See `RecordSource`."""
        one, other = self._dictionaries[first], self._dictionaries[second]
        both = self._codes(chosen, first).astype(np.int64) * len(other)
        both += self._codes(chosen, second)
        found, counts = np.unique(both, return_counts=True)
        return {
            (one.value(pair // len(other)), other.value(pair % len(other))): int(count)
            for pair, count in zip(found, counts, strict=True)
            if pair // len(other) != NONE and pair % len(other) != NONE
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
        values = self._table.numbers[column]
        passing = self._passing(chosen)
        values = values[~np.isnan(values) if passing is None else passing & ~np.isnan(values)]
        if not len(values):
            return []
        found = ranges(column, float(values.min()), float(values.max()))
        counted = [(each, _number_within(values, each)) for each in found]
        return [(each, number) for each, number in counted if number]

    def keys(self, chosen: Filter, place: Place) -> list[int]:
        """See `RecordSource`."""
        return page(
            self._table,
            self._dictionaries,
            self._passing(chosen),
            sort=place.sort,
            descending=place.descending,
            limit=place.limit + 1,
            cursor=place.cursor,
            backwards=place.backwards,
        )

    def _passing(self, chosen: Filter) -> Mask | None:
        if chosen not in self._passed:
            self._passed[chosen] = match(
                self._connection,
                self._table,
                self._dictionaries,
                chosen,
                with_pending=self._with_pending,
            )
        return self._passed[chosen]

    def _codes(self, chosen: Filter, field: str) -> NDArray[Any]:
        codes, passing = self._table.codes[field], self._passing(chosen)
        return codes if passing is None else codes[passing]

    def _by_batch(self, chosen: Filter) -> Mapping[int, int]:
        batches, passing = self._table.batches, self._passing(chosen)
        found, counts = np.unique(
            batches if passing is None else batches[passing], return_counts=True
        )
        return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _number_within(values: NDArray[np.float64], bounds: Range) -> int:
    within = values >= bounds.least
    if bounds.most is not None:
        within &= values <= bounds.most
    return int(np.count_nonzero(within))
