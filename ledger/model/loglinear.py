"""A power law in every feature.

    log t = b0 + b1 log x1 + b2 log x2 + …

Fitted by ridge regression on standardised logarithms. The small penalty keeps features that move
together (lines and bytes of an input) from cancelling each other with huge coefficients. A feature
that is not positive everywhere enters as it is.
"""

from typing import Self

import numpy as np

from ledger.model.regressor import Floats

PENALTY = 1e-3
"""Per unit of weight; small against the variance 1 of a standardised feature."""

_TINY = 1e-12


class LogLinear:
    """The power law; least squares of the logarithm minimise relative errors."""

    def __init__(self) -> None:
        self._logarithmic: list[bool] = []
        self._centre: Floats = np.zeros(0)
        self._spread: Floats = np.zeros(0)
        self._slopes: Floats = np.zeros(0)
        self._intercept = 0.0

    def fit(self, X: Floats, y: Floats, sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn; see `Regressor.fit`. Runtimes must be positive."""
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        self._logarithmic = [bool((column > 0).all()) for column in X.T]
        features = self._transformed(X)
        self._centre = np.average(features, axis=0, weights=weight)
        self._spread = features.std(axis=0)
        self._spread[self._spread < _TINY] = np.inf  # a constant says nothing
        standard = (features - self._centre) / self._spread
        target = np.log(y)
        self._intercept = float(np.average(target, weights=weight))
        weighted = standard * weight[:, np.newaxis]
        penalty = PENALTY * weight.sum() * np.eye(X.shape[1])
        self._slopes = np.linalg.solve(
            weighted.T @ standard + penalty, weighted.T @ (target - self._intercept)
        )
        return self

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Runtimes in seconds; see `Regressor.predict`."""
        standard = (self._transformed(X) - self._centre) / self._spread
        return np.exp(np.clip(self._intercept + standard @ self._slopes, -50, 50))

    def _transformed(self, features: Floats) -> Floats:
        """Logarithms; what was positive in training and is not now counts as very small."""
        columns = [
            np.log(np.maximum(column, _TINY)) if logarithmic else column
            for column, logarithmic in zip(features.T, self._logarithmic, strict=True)
        ]
        return np.column_stack(columns)
