"""Ernest: a runtime is a non-negative mixture of the ways distributed jobs spend their time.

For an input of size s on n machines::

    t = a + b * s/n + c * log n + d * n        a, b, c, d >= 0

a is serial work, b work that is divided, c aggregation in a tree, d overhead per machine. The
coefficients come from non-negative least squares, so a term that the data does not show vanishes
and no extrapolation becomes negative.

Source: Venkataraman et al., Ernest: Efficient Performance Prediction for Large-Scale Advanced
Analytics, NSDI 2016, section 3.
"""

from typing import Self

import numpy as np
from scipy.optimize import nnls

from ledger.model.regressor import SCALE
from ledger.model.regressor import SIZE
from ledger.model.regressor import Floats


class Ernest:
    """Ernest's model; of the features only size and scale-out are used.

    Attributes:
        coefficients: a, b, c, d after `fit`, in seconds per unit of their terms.
    """

    def __init__(self) -> None:
        self.coefficients: Floats = np.zeros(4)

    def fit(self, X: Floats, y: Floats, sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn; see `Regressor.fit`."""
        terms = _terms(X)
        # Bytes per machine are 10^9 times larger than the other terms; unscaled, the solver's
        # tolerance would be about them alone. Non-negativity survives scaling by positive numbers.
        size = np.abs(terms).max(axis=0)
        size[size == 0] = 1.0
        root = np.ones(len(y)) if sample_weight is None else np.sqrt(sample_weight)
        solution, _ = nnls(terms / size * root[:, np.newaxis], y * root)
        self.coefficients = solution / size
        return self

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Runtimes in seconds; see `Regressor.predict`."""
        return _terms(X) @ self.coefficients


def _terms(features: Floats) -> Floats:
    size, scale = features[:, SIZE], features[:, SCALE]
    return np.column_stack([np.ones_like(scale), size / scale, np.log(scale), scale])
