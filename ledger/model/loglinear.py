"""A power law in every feature.

    log t = b0 + b1 log x1 + b2 log x2 + …

Fitted by ridge regression on standardised logarithms. The small penalty keeps features that move
together (lines and bytes of an input) from cancelling each other with huge coefficients. A feature
that is not positive everywhere enters as it is.
"""

import numpy as np

from ledger.model.estimator import RuntimeEstimator
from ledger.model.regressor import Floats

PENALTY = 1e-3
"""Per unit of weight; small against the variance 1 of a standardised feature."""

_TINY = 1e-12


class LogLinear(RuntimeEstimator):
    """The power law; least squares of the logarithm minimise relative errors."""

    logarithmic_: list[bool]
    centre_: Floats
    spread_: Floats
    slopes_: Floats
    intercept_: float

    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        self.logarithmic_ = [bool((column > 0).all()) for column in features.T]
        known = self._transformed(features)
        self.centre_ = np.average(known, axis=0, weights=weight)
        self.spread_ = np.sqrt(np.average((known - self.centre_) ** 2, axis=0, weights=weight))
        self.spread_[self.spread_ < _TINY] = np.inf  # a constant says nothing
        standard = (known - self.centre_) / self.spread_
        target = np.log(runtimes)
        self.intercept_ = float(np.average(target, weights=weight))
        weighted = standard * weight[:, np.newaxis]
        penalty = PENALTY * weight.sum() * np.eye(features.shape[1])
        self.slopes_ = np.linalg.solve(
            weighted.T @ standard + penalty, weighted.T @ (target - self.intercept_)
        )

    def _answer(self, features: Floats) -> Floats:
        standard = (self._transformed(features) - self.centre_) / self.spread_
        answer: Floats = np.exp(np.clip(self.intercept_ + standard @ self.slopes_, -50, 50))
        return answer

    def _transformed(self, features: Floats) -> Floats:
        """Logarithms; what was positive in training and is not now counts as very small."""
        columns = [
            np.log(np.maximum(column, _TINY)) if logarithmic else column
            for column, logarithmic in zip(features.T, self.logarithmic_, strict=True)
        ]
        return np.column_stack(columns)
