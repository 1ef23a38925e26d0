"""Ernest: a runtime is a non-negative mixture of the ways distributed jobs spend their time.

For an input of size s on n machines::

    t = a + b * s/n + c * log n + d * n        a, b, c, d >= 0

a is serial work, b work that is divided, c aggregation in a tree, d overhead per machine. The
coefficients come from non-negative least squares, so a term that the data does not show vanishes
and no extrapolation becomes negative.

Source: Venkataraman et al., Ernest: Efficient Performance Prediction for Large-Scale Advanced
Analytics, NSDI 2016, section 3.
"""

from typing import Any

import numpy as np
from scipy.optimize import nnls

from ledger.model.estimator import RuntimeEstimator
from ledger.model.regressor import SCALE
from ledger.model.regressor import SIZE
from ledger.model.regressor import Floats

_LEAST_SCALE = 1e-9


class Ernest(RuntimeEstimator):
    """Ernest's model; of the features only size and scale-out are used.

    Attributes:
        coefficients_: a, b, c, d after `fit`, in seconds per unit of their terms.
    """

    coefficients_: Floats

    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        terms = _terms(features)
        # Bytes per machine are 10^9 times larger than the other terms; unscaled, the solver's
        # tolerance would be about them alone. Non-negativity survives scaling by positive numbers.
        size = np.abs(terms).max(axis=0)
        size[size == 0] = 1.0
        root = np.sqrt(weight)
        solution, _ = nnls(terms / size * root[:, np.newaxis], runtimes * root)
        self.coefficients_ = solution / size

    def _answer(self, features: Floats) -> Floats:
        return _terms(features) @ self.coefficients_

    def __sklearn_tags__(self) -> Any:
        """Runtimes that depend on anything but size and scale-out are beyond it."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


def _terms(features: Floats) -> Floats:
    size, scale = features[:, SIZE], np.maximum(features[:, SCALE], _LEAST_SCALE)
    return np.column_stack([np.ones_like(scale), size / scale, np.log(scale), scale])
