"""Groups of runs, or single records, side by side."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median
from typing import Any

from pydantic import Field

from ledger.errors import InvalidInputError
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.queries.conditions import FACETS
from ledger.index.queries.runtimes import Group
from ledger.index.queries.source import RecordSource
from ledger.index.rows import columns_of
from ledger.index.views import RecordDetail
from ledger.index.views import View
from ledger.insight.comparison import Method
from ledger.insight.comparison import Ratio
from ledger.insight.comparison import matched
from ledger.insight.comparison import overall
from ledger.insight.configurations import FIELDS
from ledger.insight.configurations import Configuration
from ledger.insight.configurations import of_key
from ledger.insight.questions import QUANTILES
from ledger.insight.questions import Period
from ledger.insight.questions import counted
from ledger.insight.questions import history
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
    by_configuration: dict[Configuration, Logs] = Field(
        default_factory=dict,
        exclude=True,
        description="Not part of JSON: empty where it was read from that.",
    )


class Comparison(View):
    """All sides, and each but the first against the first."""

    sides: list[Measured]
    ratios: list[Ratio | None] = Field(description="None for the first, and where no run counts.")


def configuration_of(detail: RecordDetail) -> Configuration:
    """The configuration that a record ran in."""
    columns = columns_of(codec.from_python(detail.record))
    return of_key([columns[name] for name in FIELDS])


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
    measured = [measure(queries, side) for side in sides]
    ratios = [
        _ratio((sides[0], measured[0]), pair) for pair in zip(sides[1:], measured[1:], strict=True)
    ]
    return Comparison(sides=measured, ratios=[None, *ratios])


def measure(queries: Queries, side: Side) -> Measured:
    """What the runs of a side amount to."""
    wanted, chosen = side.configuration, counted(side.chosen)

    def answer(source: RecordSource) -> Measured:
        return _measured(source.runtimes(chosen, FIELDS), wanted)

    found = queries.asked(("measure", chosen, wanted), answer)
    if found.runtime is None and side.record is not None:  # the record itself does not count
        found = _measured([(_key(wanted), [side.record.row.runtime_seconds])], wanted)
    told = history(queries, chosen)
    exact = wanted is None or _number(told) <= (found.runtime.count if found.runtime else 0)
    return found.model_copy(update={"history": told if exact else []})


def _number(told: Iterable[Period]) -> int:
    """Runs in a history; more than there are repeats: the filter passes others as well."""
    return sum(period.runtime.count for period in told)


def _key(configuration: Configuration | None) -> tuple[Any, ...]:
    return tuple(getattr(configuration, name) for name in FIELDS)


def _measured(groups: Iterable[Group], wanted: Configuration | None) -> Measured:
    only = None if wanted is None else _key(wanted)
    kept = {of_key(key): runtimes for key, runtimes in groups if only in {None, key}}
    runtimes = sorted(chain.from_iterable(kept.values()))
    sizes = {each.input_bytes for each in kept if each.input_bytes is not None}
    varied = [
        each.variation for each in map(Spread.of, kept.values()) if each.variation is not None
    ]
    steps = range(QUANTILES) if runtimes else ()
    return Measured(
        runtime=Spread.of(runtimes) if runtimes else None,
        configurations=len(kept),
        variation=median(varied) if varied else None,
        input_bytes=(min(sizes), max(sizes)) if sizes else None,
        percentiles=[quantile(runtimes, step / (QUANTILES - 1)) for step in steps],
        history=[],
        by_configuration={each: Logs.of(found) for each, found in kept.items()},
    )


def _ratio(baseline: tuple[Side, Measured], other: tuple[Side, Measured]) -> Ratio | None:
    (one, first), (two, second) = baseline, other
    if first.runtime is None or second.runtime is None:
        return None
    everything = overall(first.runtime.logs, second.runtime.logs)
    if one.record is not None and two.record is not None:
        return everything.model_copy(update={"method": Method.REPEATS})
    apart, words = _apart(one, two), _words(one, two)
    return matched(_alike(first, apart, words), _alike(second, apart, words)) or everything


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


def _alike(side: Measured, apart: frozenset[str], words: frozenset[str]) -> Mapping[Any, Logs]:
    """Runs by what has to be the same on both sides."""
    found: dict[Any, Logs] = {}
    for configuration, logs in side.by_configuration.items():
        key = configuration.besides(apart & frozenset(FIELDS), words)
        found[key] = found[key] + logs if key in found else logs
    return found
