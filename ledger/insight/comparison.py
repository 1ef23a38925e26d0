"""Which of two groups of runs is faster, by how much, and how sure that is.

Ratios are compared as logarithms: twice and half as long are then equally far from equal, and the
mean of a few runs is not ruled by the longest. Where both groups ran the same configurations, like
is compared with like: the mean is that of one log ratio for each configuration.
"""

import math
from enum import StrEnum

from pydantic import Field

from ledger.index.views import View
from ledger.insight.spread import Logs
from ledger.insight.tallies import Tallies

CONFIDENCE = 0.95

_LARGEST = 700.0
"""Exponents beyond this leave the range of floats."""


class Method(StrEnum):
    """How a ratio was estimated."""

    MATCHED = "matched"
    REPEATS = "repeats"
    OVERALL = "overall"
    NONE = "none"


class Ratio(View):
    """How many times as long the runs of one group take as those of another."""

    ratio: float | None = Field(
        description="Geometric mean of runtimes over that of the baseline; below 1: faster. None: "
        "neither has a run longer than 0 s."
    )
    low: float | None = Field(description="Lower end of the 95 % interval; None: not known.")
    high: float | None = Field(description="Upper end.")
    method: Method
    configurations: int = Field(description="Configurations that both ran.")
    runs: int = Field(description="Runs of the group that count for this.")
    baseline_runs: int = Field(description="Runs of the baseline that count for this.")

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes that both take equally long."""
        if self.low is None or self.high is None:
            return False
        return self.low > 1 or self.high < 1


_UNKNOWN = Ratio(
    ratio=None, low=None, high=None, method=Method.NONE, configurations=0, runs=0, baseline_runs=0
)


def matched(baseline: Tallies, other: Tallies) -> Ratio | None:
    """The ratio over what both ran; None where they have no configuration in common.

    Over several configurations the interval is Student's for the mean of their log ratios, so it
    holds how much the ratio differs between them. Over a single one it is Welch's for its repeats.

    Args:
        baseline: by configuration, the logarithms of its runtimes.
        other: the same, with labels of the same kind.
    """
    baseline, other = baseline.common(other)
    number = len(baseline)
    if number == 0:
        return None
    if number == 1:
        found = overall(baseline.logs(0), other.logs(0))
        return found.model_copy(update={"method": Method.REPEATS, "configurations": 1})
    ratios = other.means - baseline.means
    return _ratio(
        float(ratios.mean()),
        float(ratios.std(ddof=1)) / math.sqrt(number),
        number - 1,
        method=Method.MATCHED,
        configurations=number,
        runs=int(other.counts.sum()),
        baseline_runs=int(baseline.counts.sum()),
    )


def overall(baseline: Logs, other: Logs) -> Ratio:
    """The ratio of geometric means of all runs, like or unlike, with Welch's interval.

    Source: B. L. Welch, "The generalization of 'Student's' problem" (1947).
    """
    if not baseline.count or not other.count:
        return _UNKNOWN
    terms = [(each.variance / each.count, each.count - 1) for each in (baseline, other)]
    error = sum(term for term, _ in terms)
    several = all(free > 0 for _, free in terms)
    freedom = (
        error**2 / sum(term**2 / free for term, free in terms) if several and error > 0 else None
    )
    return _ratio(
        other.mean - baseline.mean,
        math.sqrt(error) if several else None,
        freedom,
        method=Method.OVERALL,
        configurations=0,
        runs=other.count,
        baseline_runs=baseline.count,
    )


def _ratio(
    mean: float,
    error: float | None,
    freedom: float | None,
    *,
    method: Method,
    configurations: int,
    runs: int,
    baseline_runs: int,
) -> Ratio:
    """Back from logarithms; no interval where the error is not known."""
    half: float | None = None
    if error is not None:
        half = _reach(freedom) * error if freedom else 0.0
    return Ratio(
        ratio=_exp(mean),
        low=None if half is None else _exp(mean - half),
        high=None if half is None else _exp(mean + half),
        method=method,
        configurations=configurations,
        runs=runs,
        baseline_runs=baseline_runs,
    )


def _reach(freedom: float) -> float:
    """How many standard errors the interval reaches to each side, by Student's distribution."""
    from scipy import special  # takes a while to import, and an app starts without it

    return float(special.stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _exp(value: float) -> float:
    return math.exp(max(-_LARGEST, min(_LARGEST, value)))
