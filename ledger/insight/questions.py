"""What the pages and the API ask of many runs: bounded answers, out of every record that counts."""

import heapq
from collections import Counter
from collections.abc import Iterable
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
from pydantic import Field

from ledger.index.bins import ranges
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.queries.conditions import FACETS
from ledger.index.queries.facets import MAX_VALUES
from ledger.index.queries.runtimes import Group
from ledger.index.queries.source import RecordSource
from ledger.index.rows import from_microseconds
from ledger.index.views import FacetValue
from ledger.index.views import LedgerStatus
from ledger.index.views import View
from ledger.insight.configurations import Repeats
from ledger.insight.ran import Ran
from ledger.insight.spread import Quartiles
from ledger.insight.spread import Spread
from ledger.record.schema import Status

MOST_GROUPS = 5_000
"""Groups of one answer; those with the most runs are kept."""

QUANTILES = 101

MOST_SIZES = 60
"""Sizes of inputs that are drawn one by one."""

COUNTED = (LedgerStatus.PENDING, LedgerStatus.ANCHORED, LedgerStatus.ACCEPTED)
"""What is rejected, disputed, revoked or superseded says nothing of how long a job takes."""


class Configurations(View):
    """Runs by configuration, the most repeated first."""

    rows: list[Repeats]
    total: int = Field(description="Configurations in all; `rows` has at most 5,000 of them.")
    runs: int = Field(description="Runs in all.")


class Grouped(View):
    """Runs with some values in common."""

    key: tuple[Any, ...]
    runtime: Quartiles


class Period(View):
    """The runs that started in a day, a month or a year (UTC)."""

    begins: datetime
    runtime: Spread


def counted(chosen: Filter) -> Filter:
    """Runs that succeeded and that nobody objects to, unless a filter asks for others itself."""
    changes: dict[str, Any] = {}
    if not chosen.outcome:
        changes["outcome"] = (Status.SUCCEEDED,)
    if not chosen.status:
        changes["status"] = COUNTED
    return chosen.model_copy(update=changes)


def configurations(queries: Queries, chosen: Filter) -> Configurations:
    """The configurations that ran, each with the spread of its repeats."""

    def answer(source: RecordSource) -> Configurations:
        ran = Ran(source.runs(chosen))
        largest = np.argsort(-ran.counts, kind="stable")[:MOST_GROUPS]
        return Configurations(
            rows=ran.repeats(largest), total=len(ran), runs=len(ran.runs.runtimes)
        )

    return queries.asked(("configurations", chosen), answer)


def grouped(queries: Queries, chosen: Filter, fields: Sequence[str]) -> list[Grouped]:
    """Runtimes in groups with the same values of some fields, the largest group first."""

    def answer(source: RecordSource) -> list[Grouped]:
        return [
            Grouped(key=key, runtime=Quartiles.of_ascending(runtimes))
            for key, runtimes in _largest(source.runtimes(chosen, fields))
        ]

    return queries.asked(("grouped", chosen, tuple(fields)), answer)


def values(queries: Queries, chosen: Filter) -> dict[str, list[FacetValue]]:
    """By field, its most frequent values among what passes, those of the field's own included."""

    def answer(source: RecordSource) -> dict[str, list[FacetValue]]:
        return {
            name: [
                FacetValue(value=str(value), count=count)
                for value, count in source.values(chosen, name, MAX_VALUES)
            ]
            for name in FACETS
        }

    return queries.asked(("values", chosen), answer)


def several(queries: Queries, chosen: Filter, field: str) -> bool:
    """Whether what passes has more than one value of a field."""
    return queries.asked(
        ("several", chosen, field), lambda source: len(source.values(chosen, field, 2)) > 1
    )


def divided(queries: Queries, chosen: Filter, field: str, by: str) -> frozenset[str]:
    """The values of a field whose records, of those that pass, have several values of another."""

    def answer(source: RecordSource) -> frozenset[str]:
        numbers = Counter(one for one, _ in source.pairs(chosen, field, by))
        return frozenset(name for name, number in numbers.items() if number > 1)

    return queries.asked(("divided", chosen, field, by), answer)


def along(queries: Queries, chosen: Filter, by: str, axis: str) -> tuple[list[Grouped], str]:
    """Runtimes by a field along an axis, and what the axis is then.

    Inputs of more than `MOST_SIZES` sizes come in ranges (``input_range``): each by itself would be
    a run or two.
    """
    if axis == "input_bytes":
        sizes = queries.asked(
            ("sizes", chosen),
            lambda source: len(list(islice(source.runtimes(chosen, (axis,)), MOST_SIZES + 2))),
        )
        axis = "input_range" if sizes > MOST_SIZES + 1 else axis
    return grouped(queries, chosen, (by, axis)), axis


def history(source: RecordSource, chosen: Filter) -> list[Period]:
    """Runtimes by when the runs started; those that do not say so are left out.

    Periods are days where all runs are within some weeks, and months or years where they are not.
    """
    starts, runtimes = (np.asarray(each, np.float64) for each in source.started(chosen))
    if not len(starts):
        return []
    periods = ranges("started_at", float(starts.min()), float(starts.max()))
    begins = np.array([each.least for each in periods], np.float64)
    places = (np.searchsorted(begins, starts, side="right") - 1).astype(np.uint16)
    order = np.argsort(places, kind="stable")
    counts = np.bincount(places, minlength=len(periods))
    parts = np.split(runtimes[order], np.cumsum(counts)[:-1])
    return [
        Period(begins=from_microseconds(period.least), runtime=Spread.of(np.sort(part)))
        for period, part in zip(periods, parts, strict=True)
        if len(part)
    ]


def _largest(groups: Iterable[Group]) -> list[Group]:
    """The groups with the most runs."""
    kept: list[tuple[int, int, Group]] = []
    for place, group in enumerate(groups):
        entry = (len(group[1]), -place, group)
        if len(kept) < MOST_GROUPS:
            heapq.heappush(kept, entry)
        else:
            heapq.heappushpop(kept, entry)
    return [group for _, _, group in sorted(kept, reverse=True)]
