"""Repeats of a configuration as one row: what a run of it takes, and how well that is known.

Between the median, which is what is foretold, and the Hodges-Lehmann estimate, the median of the
means of all pairs, which strays less where runs stray evenly. How far repeats stray says how much
to trust it: some configurations are steady and others are not, so each has a variance of its own,
drawn towards that of all as far as its repeats are few.

Source: Hodges and Lehmann, Estimates of Location Based on Rank Tests, Annals of Mathematical
Statistics 1963; Efron and Morris, Stein's Estimation Rule and Its Competitors, JASA 1973.
"""

from dataclasses import astuple
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ledger.model.columns import Codes
from ledger.model.regressor import Floats

FARTHEST = 0.5
"""Logarithm of the ratio to the median beyond which a run does not count: it is in another unit, or
something else was measured."""

MOST_PAIRED = 25
"""Repeats; of more, the median alone is known well enough."""

PRIOR = 4.0
"""Repeats that the variance of all configurations counts as, where that of one is estimated."""

_LARGEST = 9.0
"""Of the median of all variances: a larger one says something of its configuration alone."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """Configurations.

    Attributes:
        centre: what a run of each takes, in seconds.
        weight: of the runs of each together.
        precision: the same, times by how much its runs stray less than those of all.
    """

    centre: Floats
    weight: Floats
    precision: Floats

    def __getitem__(self, chosen: npt.NDArray[np.intp]) -> "Repeated":
        """Some of the configurations."""
        return Repeated(self.centre[chosen], self.weight[chosen], self.precision[chosen])

    def __add__(self, other: "Repeated") -> "Repeated":
        """These configurations, then others."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Repeated(*(np.concatenate(pair) for pair in pairs))


def repeated(runtimes: Floats, weight: Floats, place: Codes, count: int) -> Repeated:
    """Runs of so many configurations, each run given by the place of its own among them."""
    order = np.lexsort((runtimes, place))
    runs, of, share = runtimes[order], place[order], weight[order]
    middle = _medians(runs, of, share, count)
    strayed = np.log(runs) - np.log(middle[of])
    kept = np.abs(strayed) <= FARTHEST
    centre = middle.copy()
    number = np.bincount(of[kept], minlength=count)
    for repeats in np.unique(number[(number > 1) & (number <= MOST_PAIRED)]).tolist():
        chosen = np.flatnonzero(number == repeats)
        mine = kept & np.isin(of, chosen)
        shape = (len(chosen), repeats)
        paired = _paired(runs[mine].reshape(shape), share[mine].reshape(shape))
        centre[chosen] = (middle[chosen] + paired) / 2
    together = np.bincount(of, share, count).astype(np.float64)
    return Repeated(centre, together, together * _steadiness(strayed[kept], of[kept], count))


def _medians(runs: Floats, of: Codes, share: Floats, count: int) -> Floats:
    """Weighted medians of runs that are in the order of their configurations and runtimes."""
    medians = np.empty(count)
    medians[of] = runs  # that is all where there is one run
    number = np.bincount(of, minlength=count)
    ends = np.cumsum(number)
    for place in np.flatnonzero(number > 1).tolist():
        mine = slice(ends[place] - number[place], ends[place])
        middle = np.cumsum(share[mine]) - 0.5 * share[mine]
        medians[place] = np.interp(0.5 * share[mine].sum(), middle, runs[mine])
    return medians


def _paired(runs: Floats, share: Floats) -> Floats:
    """Hodges-Lehmann estimates, one row of repeats each."""
    one, other = np.triu_indices(runs.shape[1])
    means = (runs[:, one] + runs[:, other]) / 2
    pairs = share[:, one] * share[:, other]
    order = np.argsort(means, axis=1)
    means, pairs = (np.take_along_axis(each, order, axis=1) for each in (means, pairs))
    middle = np.cumsum(pairs, axis=1) - 0.5 * pairs
    half = pairs.sum(axis=1) / 2
    return np.array(
        [np.interp(at, place, row) for at, place, row in zip(half, middle, means, strict=True)]
    )


def _steadiness(strayed: Floats, of: Codes, count: int) -> Floats:
    """The variance of all, divided by that of each configuration."""
    number = np.bincount(of, minlength=count)
    several = number > 1
    if not several.any():
        return np.ones(count)
    mean = np.bincount(of, strayed, count) / np.maximum(number, 1)
    squares = np.bincount(of, (strayed - mean[of]) ** 2, count)
    variance = squares[several] / (number[several] - 1)
    least = np.median(variance)
    common = float(np.mean(np.minimum(variance, _LARGEST * least) if least > 0 else variance))
    if common == 0:
        return np.ones(count)
    own = (squares + PRIOR * common) / (np.maximum(number - 1, 0) + PRIOR)
    steadiness: Floats = common / own
    return steadiness
