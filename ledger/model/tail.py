"""How runtimes go on where the runs end.

A smooth surface says nothing there: it falls back to its mean or runs off along its last slope. So
it is only asked at the nearest place inside the box that the runs span, and what lies beyond is
multiplied on: a power law in the inputs, and in the scale-out Ernest's non-negative mixture, which
never scales better than linearly, never falls to zero and rises again where machines cost more than
they bring.

Source for the mixture: Venkataraman et al., Ernest, NSDI 2016, section 3.
"""

from typing import Self

import numpy as np

from ledger.model.ernest import Ernest
from ledger.model.loglinear import LogLinear
from ledger.model.regressor import SCALE
from ledger.model.regressor import SIZE
from ledger.model.regressor import Floats

SPREAD_PER_FOLD = 0.2
"""Standard deviation of the logarithm of a runtime, for each factor of e beyond the runs. Of C3O's
jobs, the largest inputs foretold from the smaller half were off by half of that."""

_LEAST = 1e-12


class Tail:
    """The box that runs span, and what lies beyond it."""

    def fit(self, features: Floats, runtimes: Floats, weight: Floats) -> Self:
        """Learn from runs; see `Regressor.fit`."""
        self._least, self._most = features.min(axis=0), features.max(axis=0)
        power = LogLinear().fit(features, runtimes, weight)
        self._logarithmic = np.array(power.logarithmic_)
        slopes = power.slopes_ / power.spread_
        slopes[SIZE] = max(slopes[SIZE], 0.0)  # more input never makes a job faster
        slopes[SCALE] = 0.0
        self._slopes = slopes
        alike = runtimes / np.exp((self._placed(features) - self._placed(features[:1])) @ slopes)
        scale = features[:, [SCALE]]
        self._scaling = Ernest().fit(np.hstack([np.ones_like(scale), scale]), alike, weight)
        return self

    def inside(self, features: Floats) -> Floats:
        """The nearest places inside the box."""
        nearest: Floats = np.clip(features, self._least, self._most)
        return nearest

    def ratio(self, features: Floats) -> Floats:
        """By which factor runtimes differ from those at the nearest places inside."""
        inside = self.inside(features)
        inputs = np.exp(
            np.clip((self._placed(features) - self._placed(inside)) @ self._slopes, -50, 50)
        )
        scaled: Floats = self._scale(features) / self._scale(inside)
        return inputs * scaled

    def beyond(self, features: Floats) -> Floats:
        """How far outside the box each row is, in factors of e, summed over the features."""
        inside = self.inside(features)
        apart = np.abs(self._placed(features) - self._placed(inside))
        width = np.maximum(self._placed(self._most[np.newaxis]), _LEAST)
        in_widths = apart / np.where(self._logarithmic, 1.0, np.abs(width))
        total: Floats = in_widths.sum(axis=1)
        return total

    def _scale(self, features: Floats) -> Floats:
        scale = features[:, [SCALE]]
        return np.maximum(self._scaling.predict(np.hstack([np.ones_like(scale), scale])), _LEAST)

    def _placed(self, features: Floats) -> Floats:
        placed: Floats = np.where(self._logarithmic, np.log(np.maximum(features, _LEAST)), features)
        return placed
