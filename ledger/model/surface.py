"""One surface of runtimes over the features: a Gaussian process in chosen coordinates.

A surface is smooth in some coordinates and not in others: what two inputs do multiplies where
runtimes are compared by their logarithms and adds up where they are compared in seconds. Which of
them suits a job is for the data to say, see `ledger.model.blend`.
"""

from typing import Any
from typing import Literal

import numpy as np
import numpy.typing as npt

from ledger.model.estimator import RuntimeEstimator
from ledger.model.gaussian import MAX_ITERATIONS
from ledger.model.gaussian import GaussianProcess
from ledger.model.gaussian import Targets
from ledger.model.regressor import SCALE
from ledger.model.regressor import SIZE
from ledger.model.regressor import Floats

_LEAST = 1e-12
_LEAST_SECONDS = 1e-3
_LARGEST_LOGARITHM = 50.0


Coordinates = Literal["logarithms", "as they are", "per node"]
"""What the features become: logarithms where all runs are positive, themselves, or themselves but
for the scale-out, of which the inverse is taken."""


class Surface(RuntimeEstimator):
    """A Gaussian process of runtimes.

    Args:
        coordinates: what the features become.
        logarithm: whether logarithms of runtimes are learned, or seconds.
        slopes: whether the process has straight lines beside its curves.
        portion: whether the input that falls to each node is a coordinate too: where it no longer
            fits a node's memory, or its slots, a runtime changes by more than size and scale-out
            make it change apart from each other. It needs both to be positive and to vary.
        iterations: steps of the search for the process's parameters.
        start: where the search begins; see `GaussianProcess`.

    Attributes:
        process_: the process.
        left_out_: runtimes of the runs, in seconds, as the others would have foretold them.
    """

    process_: GaussianProcess
    left_out_: Floats
    positive_: npt.NDArray[np.bool_]
    portioned_: bool

    def __init__(
        self,
        *,
        coordinates: Coordinates = "logarithms",
        logarithm: bool = True,
        slopes: bool = True,
        portion: bool = False,
        iterations: int = MAX_ITERATIONS,
        start: Floats | None = None,
    ) -> None:
        self.coordinates = coordinates
        self.logarithm = logarithm
        self.slopes = slopes
        self.portion = portion
        self.iterations = iterations
        self.start = start

    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        self.positive_ = np.asarray((features > 0).all(axis=0))
        self.portioned_ = self.portion and self._has_portions(features)
        ones = np.ones_like(runtimes)
        if self.logarithm:
            targets = Targets(np.log(runtimes), ones / weight, runtimes**-2.0 / weight)
        else:
            targets = Targets(runtimes, runtimes**2 / weight, ones / weight)
        self.process_ = GaussianProcess(
            slopes=self.slopes, iterations=self.iterations, start=self.start
        )
        self.process_.fit(self._placed(features), targets)
        self.left_out_ = self._seconds(self.process_.left_out)

    def _answer(self, features: Floats) -> Floats:
        return self._seconds(self.process_.predict(self._placed(features))[0])

    @property
    def left_out_doubt_(self) -> Floats:
        """Standard deviation of the logarithm of `left_out_`, without noise."""
        return self._relative(self.process_.left_out, self.process_.left_out_spread)

    def doubt(self, features: Floats) -> Floats:
        """Standard deviation of the logarithm of the runtime, without noise."""
        return self._relative(*self.process_.predict(self._placed(features)))

    def covariance(self, features: Floats) -> Floats:
        """Of the logarithms of runtimes with each other, without noise; see `doubt`."""
        placed = self._placed(features)
        found = self.process_.covariance(placed)
        if self.logarithm:
            return found
        means = np.maximum(self.process_.predict(placed)[0], _LEAST_SECONDS)
        relative: Floats = found / np.outer(means, means)
        return relative

    def noise(self, runtimes: Floats) -> Floats:
        """Standard deviation of the logarithm of one run's runtime around its mean."""
        relative, absolute = self.process_.noise
        deviation: Floats = np.sqrt(relative + absolute / runtimes**2)
        return deviation

    def _relative(self, mean: Floats, deviation: Floats) -> Floats:
        return deviation if self.logarithm else deviation / np.maximum(mean, _LEAST_SECONDS)

    def _seconds(self, values: Floats) -> Floats:
        if not self.logarithm:
            return np.maximum(values, _LEAST_SECONDS)
        seconds: Floats = np.exp(np.clip(values, -_LARGEST_LOGARITHM, _LARGEST_LOGARITHM))
        return seconds

    def _has_portions(self, features: Floats) -> bool:
        both = [SIZE, SCALE]
        if features.shape[1] < len(both) or not self.positive_[both].all():
            return False
        return bool((np.ptp(features[:, both], axis=0) > 0).all())

    def _placed(self, features: Floats) -> Floats:
        if not self.portioned_:
            return self._in_coordinates(features)
        portion = features[:, [SIZE]] / np.maximum(features[:, [SCALE]], _LEAST)
        if self.coordinates == "logarithms":
            portion = np.log(np.maximum(portion, _LEAST))
        return np.hstack([self._in_coordinates(features), portion])

    def _in_coordinates(self, features: Floats) -> Floats:
        if self.coordinates == "logarithms":
            logarithms: Floats = np.where(
                self.positive_, np.log(np.maximum(features, _LEAST)), features
            )
            return logarithms
        if self.coordinates == "per node" and self.positive_[SCALE]:
            placed = features.copy()
            placed[:, SCALE] = 1 / np.maximum(features[:, SCALE], _LEAST)
            return placed
        return features

    def __sklearn_tags__(self) -> Any:
        """scikit-learn's blobs are no surface."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags
