"""The interface of every runtime model; that of scikit-learn's regressors, so theirs fit too."""

from typing import Protocol
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SIZE = 0
SCALE = 1
"""The first two columns of every feature matrix: size of the input, scale-out."""


class Regressor(Protocol):
    """Learns a runtime from rows of features."""

    def fit(self, X: Floats, y: Floats, sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn.

        Args:
            X: one row per execution: size, scale-out, further features.
            y: runtimes in seconds.
            sample_weight: how much each execution counts.
        """

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Runtimes in seconds for rows of the same features."""
