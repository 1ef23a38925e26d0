"""C3O's optimistic models: scale-out and inputs are taken to act apart from each other.

    t(n, inputs) = speed-up(n) * t(least n, inputs)

How a runtime changes with the scale-out is learned from the largest group of runs that differ in
nothing else; all runs are then projected onto the smallest scale-out, where a second model learns
what the inputs do. Optimistic, because it needs few runs and hopes that the two do not interact.

Source: Will et al., C3O: Collaborative Cluster Configuration Optimization for Distributed Data
Processing in Public Clouds, IC2E 2021, section on optimistic models.
"""

from abc import abstractmethod
from collections import defaultdict
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression

from ledger.model.estimator import RuntimeEstimator
from ledger.model.regressor import SCALE
from ledger.model.regressor import Floats

_LEAST_RATIO = 1e-6
"""A cubic may fall below zero between the scale-outs it learned; a runtime may not."""

_LEAST_INPUT = 1e-300
"""Where an input is zero in every run."""


class Optimistic(RuntimeEstimator):
    """What both optimistic models share; subclasses say which regressors they are made of."""

    scaling_: Any
    inputs_: Any
    range_: tuple[float, float]
    most_: Floats

    @abstractmethod
    def _scaling(self) -> Any:
        """A new regressor for runtimes by scale-out."""

    @abstractmethod
    def _inputs(self) -> Any:
        """A new regressor for runtimes at the smallest scale-out."""

    def _terms(self, scale: Floats) -> Floats:
        """What the first regressor sees of scale-outs."""
        return scale[:, np.newaxis]

    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        # A count of rows beside a probability: least squares would take the latter for rounding.
        self.most_ = np.maximum(features.max(axis=0), _LEAST_INPUT)
        inputs = self._inputs_of(features)
        group = _largest_group(inputs, weight)
        scale = features[group, SCALE]
        self.range_ = (float(scale.min()), float(scale.max()))
        self.scaling_ = self._scaling().fit(self._terms(scale), runtimes[group], weight[group])
        projected = runtimes / self._speed_up(features)
        self.inputs_ = self._inputs().fit(inputs, projected, weight)

    def _answer(self, features: Floats) -> Floats:
        at_least: Floats = self.inputs_.predict(self._inputs_of(features))
        return at_least * self._speed_up(features)

    def _inputs_of(self, features: Floats) -> Floats:
        return np.delete(features / self.most_, SCALE, axis=1)

    def _speed_up(self, features: Floats) -> Floats:
        """Runtime as a ratio of that at the smallest scale-out; flat beyond the largest one."""
        least, most = self.range_
        scale = np.minimum(features[:, SCALE], most)
        runtimes: Floats = self.scaling_.predict(self._terms(np.append(scale, least)))
        ratios: Floats = np.maximum(runtimes[:-1] / runtimes[-1], _LEAST_RATIO)
        return ratios


class BasicOptimistic(Optimistic):
    """C3O's BOM: a cubic in the scale-out, linear in the inputs."""

    def _scaling(self) -> Any:
        return LinearRegression()

    def _inputs(self) -> Any:
        return LinearRegression()

    def _terms(self, scale: Floats) -> Floats:
        ratio = scale / self.range_[1]
        return np.column_stack([ratio, ratio**2, ratio**3])


class OptimisticBoosting(Optimistic):
    """C3O's OGB: both parts are boosted trees, with C3O's numbers of them.

    Args:
        random_state: seed for ties between equally good splits.
    """

    def __init__(self, *, random_state: int = 0) -> None:
        self.random_state = random_state

    def _scaling(self) -> Any:
        return GradientBoostingRegressor(
            learning_rate=0.5, n_estimators=50, random_state=self.random_state
        )

    def _inputs(self) -> Any:
        return GradientBoostingRegressor(
            learning_rate=0.05, n_estimators=300, random_state=self.random_state
        )


def _largest_group(inputs: Floats, weight: Floats) -> list[int]:
    """Rows with the same inputs that weigh most; of equals those with the largest inputs.

    Where runs are long, a second of noise matters least.
    """
    groups: defaultdict[tuple[float, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(inputs.tolist()):
        groups[tuple(row)].append(place)
    return max(groups.items(), key=lambda group: (weight[group[1]].sum(), group[0]))[1]
