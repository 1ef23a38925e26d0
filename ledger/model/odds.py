"""How sure a predicted runtime is: the interval at any level, and the chance of a deadline.

Runs stray as far above what is foretold as below it, as ratios; how far is for the runs that were
left out to say (`ledger.model.margin`).
"""

import math
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from statistics import NormalDist

from ledger.model.margin import Margin

_LARGEST_LOGARITHM = 50.0

_HALF = 0.5
_NORMAL = NormalDist()

_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Odds:
    """The distribution of a runtime.

    Attributes:
        runtime_seconds: its median.
        doubt: standard deviation of its logarithm, up to a factor that `margin` has.
        margin: how far left-out runs strayed, in units of their doubt.
        apart: standard deviation of the logarithm of a factor on top, which no left-out run shows.
    """

    runtime_seconds: float
    doubt: float
    margin: Margin = field(compare=False)
    apart: float = 0.0

    def between(self, level: float) -> tuple[float, float, float]:
        """Lower end, upper end in seconds of an interval, and the level that it has.

        Args:
            level: share of runs that the interval should hold.
        """
        reach, reached = self.margin.reach(level)
        away = math.hypot(reach * self.doubt, self.apart * _NORMAL.inv_cdf((1 + reached) / 2))
        factor = math.exp(min(away, _LARGEST_LOGARITHM))
        return self.runtime_seconds / factor, self.runtime_seconds * factor, reached

    def chance(self, seconds: float) -> float:
        """Probability that a run takes at most so long.

        Never nearer to 0 or 1 than n configurations can tell: 1 / (2 n + 2).
        """
        if seconds <= 0 or self.runtime_seconds <= 0:
            return float(seconds > 0)
        away = math.log(seconds / self.runtime_seconds)
        return _HALF + math.copysign(_HALF * self._level(abs(away)), away)

    def by(self, confidence: float) -> float | None:
        """Seconds within which a run ends with a probability; None: that cannot be claimed.

        Args:
            confidence: the probability, at least 0.5.
        """
        wanted = 2 * confidence - 1
        _, upper, reached = self.between(max(wanted, 0.0))
        return upper if reached >= wanted else None

    def times(self, logarithm: float, apart: float) -> "Odds":
        """The odds of a runtime that is longer by a factor.

        Args:
            logarithm: of the factor.
            apart: the standard deviation of that.
        """
        longer = self.runtime_seconds * math.exp(logarithm)
        return replace(self, runtime_seconds=longer, apart=math.hypot(self.apart, apart))

    def _level(self, away: float) -> float:
        """The level of the interval that ends at a logarithm away from the median."""
        if not self.apart:
            return self.margin.level(away / self.doubt if self.doubt > 0 else math.inf)
        low, high = 0.0, self.highest
        for _ in range(_HALVINGS):
            level = (low + high) / 2
            _, upper, _ = self.between(level)
            if upper <= self.runtime_seconds * math.exp(min(away, _LARGEST_LOGARITHM)):
                low = level
            else:
                high = level
        return low

    @property
    def highest(self) -> float:
        """The highest probability that can be claimed."""
        return _HALF + _HALF * self.margin.highest
