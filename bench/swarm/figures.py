"""Quantiles, and whether something grows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats


@dataclass(frozen=True)
class Distribution:
    """Of seconds, mostly.

    Attributes:
        count: values.
        least: the smallest.
        median: half of them are not larger.
        p95: 95 of a hundred are not larger.
        most: the largest.
        mean: their mean.
    """

    count: int
    least: float
    median: float
    p95: float
    most: float
    mean: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Distribution":
        """Summarise values.

        Raises:
            ValueError: there are none.
        """
        if not values:
            raise ValueError("no values")
        low, median, p95, high = np.quantile(values, [0, 0.5, 0.95, 1])
        mean = float(np.mean(values))
        return cls(len(values), float(low), float(median), float(p95), float(high), mean)


@dataclass(frozen=True)
class Trend:
    """A straight line through points (ordinary least squares).

    Attributes:
        slope: change of y per unit of x.
        low: lower end of the slope's 95 % confidence interval.
        high: upper end.
        intercept: y at x = 0.
    """

    slope: float
    low: float
    high: float
    intercept: float

    @property
    def grows(self) -> bool:
        """Whether the slope is above zero with 95 % confidence."""
        return self.low > 0

    @classmethod
    def within(cls, groups: Sequence[str], x: Sequence[float], y: Sequence[float]) -> "Trend":
        """Fit one slope for all groups, each with a level of its own (fixed effects).

        What differs between groups, and not within them, is no part of the slope.

        Raises:
            ValueError: too few points to tell.
        """
        free = len(x) - len(set(groups)) - 1
        if not len(groups) == len(x) == len(y) or free < 1:
            raise ValueError("a trend takes more points than groups")
        xs, ys = (_centred(groups, values) for values in (x, y))
        spread = float(xs @ xs)
        if spread == 0:
            raise ValueError("a trend takes points at two places in a group, at least")
        slope = float(xs @ ys) / spread
        rest = ys - slope * xs
        error = float(np.sqrt(rest @ rest / free / spread))
        margin = float(stats.t.ppf(0.975, free)) * error
        intercept = float(np.mean(y)) - slope * float(np.mean(x))
        return cls(slope, slope - margin, slope + margin, intercept)

    @classmethod
    def through(cls, x: Sequence[float], y: Sequence[float]) -> "Trend":
        """Fit a line.

        Raises:
            ValueError: fewer than three points, or all at one x.
        """
        if len(x) != len(y) or len(set(x)) < 2 or len(x) < 3:
            raise ValueError("a trend takes three points at two places, at least")
        fitted = stats.linregress(x, y)
        margin = float(stats.t.ppf(0.975, len(x) - 2) * fitted.stderr)
        slope = float(fitted.slope)
        return cls(slope, slope - margin, slope + margin, float(fitted.intercept))


def _centred(groups: Sequence[str], values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Values less the mean of their group."""
    given = np.asarray(values, dtype=np.float64)
    names = np.asarray(groups)
    means = {name: given[names == name].mean() for name in set(groups)}
    centred: npt.NDArray[np.float64] = given - np.asarray([means[name] for name in groups])
    return centred
