"""How far runs stray from what was foretold, in units of the doubt there was about them.

A conformal quantile: of n configurations that were left out, so many strayed by less. The runs of
a configuration share its error, so that they count as much as one run alone.

Source: Vovk et al., Algorithmic Learning in a Random World, 2005; Barber et al., Predictive
Inference with the Jackknife+, Annals of Statistics 2021.
"""

import numpy as np

from ledger.model.regressor import Floats

_ROUNDING = 1e-9


class Margin:
    """Scores of left-out runs.

    Args:
        scores: distance of each run from what was foretold, in units of doubt.
        weight: of each run; those of a configuration sum to the same.
        configurations: number of configurations.
    """

    def __init__(self, scores: Floats, weight: Floats, configurations: int) -> None:
        order = np.argsort(scores)
        self._scores = scores[order]
        self._ranks = np.cumsum(weight[order]) / weight.sum()
        self._configurations = configurations

    def reach(self, level: float) -> tuple[float, float]:
        """The distance within which runs stay, and at which level.

        With n configurations no level above n / (n + 1) can be claimed.
        """
        count = self._configurations
        reached = min(level, self.highest)
        # One more run than was seen, of which the rank is sought.
        place = np.searchsorted(self._ranks, reached * (count + 1) / count - _ROUNDING)
        return float(self._scores[min(int(place), len(self._scores) - 1)]), reached

    @property
    def highest(self) -> float:
        """The highest level that can be claimed."""
        return self._configurations / (self._configurations + 1)

    def level(self, distance: float) -> float:
        """The share of runs that stay within a distance; the inverse of `reach`."""
        within = int(np.searchsorted(self._scores, distance * (1 + _ROUNDING), side="right"))
        share = float(self._ranks[within - 1]) if within else 0.0
        return share * self.highest
