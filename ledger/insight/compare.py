"""Groups of runs, or single records, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ledger.errors import InvalidInputError
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.queries.conditions import FACETS
from ledger.index.queries.runtimes import CONFIGURATION
from ledger.index.queries.source import RecordSource
from ledger.index.rows import columns_of
from ledger.index.views import RecordDetail
from ledger.index.views import View
from ledger.insight.comparison import Method
from ledger.insight.comparison import Ratio
from ledger.insight.comparison import matched
from ledger.insight.comparison import overall
from ledger.insight.configurations import Configuration
from ledger.insight.configurations import of_key
from ledger.insight.questions import QUANTILES
from ledger.insight.questions import Period
from ledger.insight.questions import counted
from ledger.insight.questions import history
from ledger.insight.ran import Ran
from ledger.insight.ran import perhaps_alike
from ledger.insight.spread import Logs
from ledger.insight.spread import Spread
from ledger.insight.spread import quantile
from ledger.record import codec

FEWEST = 2
MOST = 6
"""Sides of one comparison: more are neither read nor told apart."""


class InvalidComparisonError(InvalidInputError):
    """What is to be compared is too little, too much, or nothing that is known here."""


@dataclass(frozen=True, slots=True)
class Side:
    """What stands on one side.

    Attributes:
        chosen: the filter of a group, or one that every repeat of a record passes.
        record: the record; None: the side is the whole group.
    """

    chosen: Filter
    record: RecordDetail | None = None

    @property
    def configuration(self) -> Configuration | None:
        """The configuration of the record, whose repeats stand beside it."""
        return None if self.record is None else configuration_of(self.record)

    @property
    def runtime_seconds(self) -> float | None:
        """The runtime of the record."""
        return None if self.record is None else self.record.row.runtime_seconds

    @property
    def input_bytes(self) -> tuple[int, int] | None:
        """The input's size of the record, as the smallest and the largest."""
        size = None if self.record is None else self.record.row.input_bytes
        return None if size is None else (size, size)

    @property
    def history(self) -> list[Period]:
        """The record alone by its day; empty: it does not say when it started."""
        row = None if self.record is None else self.record.row
        if row is None or row.started_at is None:
            return []
        midnight = row.started_at.replace(hour=0, minute=0, second=0, microsecond=0)
        return [Period(begins=midnight, runtime=Spread.of([row.runtime_seconds]))]


class Measured(View):
    """What the runs of one side amount to."""

    runtime: Spread | None = Field(description="None: no run counts.")
    configurations: int = Field(description="How many different ones ran.")
    variation: float | None = Field(
        description="Median coefficient of variation of the configurations that ran repeatedly; "
        "None: none did."
    )
    input_bytes: tuple[int, int] | None = Field(description="Smallest and largest input.")
    percentiles: list[float] = Field(description="0th to 100th percentile of runtimes, in seconds.")
    history: list[Period]


class Comparison(View):
    """All sides, and each but the first against the first."""

    sides: list[Measured]
    ratios: list[Ratio | None] = Field(description="None for the first, and where no run counts.")


def configuration_of(detail: RecordDetail) -> Configuration:
    """The configuration that a record ran in."""
    columns = columns_of(codec.from_python(detail.record))
    return of_key([columns[name] for name in CONFIGURATION])


def compare(queries: Queries, sides: Sequence[Side]) -> Comparison:
    """Measure each side, and compare it with the first.

    Raises:
        InvalidComparisonError: fewer than two sides, or more than six.
    """
    if not FEWEST <= len(sides) <= MOST:
        raise InvalidComparisonError(
            f"{len(sides)} things cannot be compared",
            hint=f"Choose {FEWEST} to {MOST} records, or groups of them.",
        )
    question = tuple((each.chosen, each.configuration, each.runtime_seconds) for each in sides)

    def answer(source: RecordSource) -> Comparison:
        ran = [_ran(source, side) for side in sides]
        ratios = [_ratio((sides[0], ran[0]), pair) for pair in zip(sides[1:], ran[1:], strict=True)]
        measured = [_measured(source, side, found) for side, found in zip(sides, ran, strict=True)]
        return Comparison(sides=measured, ratios=[None, *ratios])

    return queries.asked(("compare", question), answer)


def _ran(source: RecordSource, side: Side) -> Ran | None:
    """The runs of a side that count; None: there are none."""
    found = Ran(source.runs(counted(side.chosen)))
    if side.configuration is not None:
        return found.only(side.configuration)
    return found if len(found) else None


def _measured(source: RecordSource, side: Side, ran: Ran | None) -> Measured:
    if ran is None:
        runtime = side.runtime_seconds  # a record that does not count still stands for itself
        alone = [] if runtime is None else [runtime]
        return _summed_up(np.array(alone), len(alone), None, side.input_bytes, side.history)
    told = history(source, counted(side.chosen))
    number = len(ran.runs.runtimes)
    exact = side.record is None or sum(each.runtime.count for each in told) <= number
    return _summed_up(
        np.sort(ran.runs.runtimes),
        len(ran),
        ran.variation,
        ran.input_bytes,
        told if exact else [],  # the filter of its repeats passes others as well
    )


def _summed_up(
    ascending: NDArray[np.float64],
    configurations: int,
    variation: float | None,
    input_bytes: tuple[int, int] | None,
    told: list[Period],
) -> Measured:
    steps = range(QUANTILES) if len(ascending) else ()
    return Measured(
        runtime=Spread.of(ascending) if len(ascending) else None,
        configurations=configurations,
        variation=variation,
        input_bytes=input_bytes,
        percentiles=[quantile(ascending, step / (QUANTILES - 1)) for step in steps],
        history=told,
    )


def _ratio(baseline: tuple[Side, Ran | None], other: tuple[Side, Ran | None]) -> Ratio | None:
    (one, first), (two, second) = baseline, other
    logs = [_logs(*each) for each in (baseline, other)]
    if logs[0] is None or logs[1] is None:
        return None
    everything = overall(logs[0], logs[1])
    if one.record is not None and two.record is not None:
        return everything.model_copy(update={"method": Method.REPEATS})
    if first is None or second is None:
        return everything
    apart, words = _apart(one, two) & frozenset(CONFIGURATION), _words(one, two)
    first, second = perhaps_alike(first, second, apart)
    return matched(first.alike(apart, words), second.alike(apart, words)) or everything


def _logs(side: Side, ran: Ran | None) -> Logs | None:
    if ran is not None:
        return Logs.of(ran.runs.runtimes)
    return None if side.runtime_seconds is None else Logs.of([side.runtime_seconds])


def _apart(one: Side, two: Side) -> frozenset[str]:
    """The fields by which two sides were chosen to differ."""
    return frozenset(name for name in FACETS if _pinned(one, name) != _pinned(two, name))


def _pinned(side: Side, name: str) -> frozenset[Any]:
    if side.configuration is None:
        return frozenset(getattr(side.chosen, name))
    return frozenset({getattr(side.configuration, name, None)} - {None})


def _words(one: Side, two: Side) -> frozenset[str]:
    """The words that one side was searched for, and not the other."""
    words = [frozenset(side.chosen.q.casefold().split()) for side in (one, two)]
    return words[0] ^ words[1]
