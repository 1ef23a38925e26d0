"""Rows that stray from what the others say count less.

Weights of Student's t with few degrees of freedom: a row that strays by many times what is usual is
mostly noise, as one in twenty of measured medians is.

Source: Lange, Little and Taylor, Robust Statistical Modeling Using the t Distribution, JASA 1989.
"""

import numpy as np

from ledger.model.regressor import Floats

DEGREES = 4.0
"""Of freedom; the paper's default for data that is mostly good."""

_ROUNDS = 10
_NORMAL = 0.6745
"""Median of the absolute value of a standard normal."""

_TINY = 1e-12


def weights(strayed: Floats) -> Floats:
    """How much each row counts that strayed so far.

    Args:
        strayed: logarithm of each row's runtime over what the others foretell.
    """
    spread = np.median(np.abs(strayed)) / _NORMAL + _TINY
    counts = np.ones_like(strayed)
    for _ in range(_ROUNDS):
        counts = (DEGREES + 1) / (DEGREES + (strayed / spread) ** 2)
        spread = np.sqrt(np.mean(counts * strayed**2)) + _TINY
    return counts
