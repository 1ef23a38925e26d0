"""How alike the runtimes of two runs are: axis by axis, and in how the axes act together.

    k(x, x') = v * product over axes d of (1 + a_d m(|x_d - x'_d| / l_d) + b_d x_d x'_d)

m is Matérn's kernel with smoothness 5/2. Multiplied out, that is a constant, a main effect of each
axis, an effect of each pair of them, and so on: what two features do together is learned beside
what each does alone, and takes few runs where it is little. The last term is a straight line, which
goes on where the runs end.

Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, chapter 4; Duvenaud,
Nickisch and Rasmussen, Additive Gaussian Processes, NIPS 2011.
"""

import math
from typing import NamedTuple

import numpy as np

from ledger.model.regressor import Floats

_ROOT = math.sqrt(5)


class Axis(NamedTuple):
    """Parameters of one axis.

    Attributes:
        amplitude: a, variance of the curve.
        slope: b, variance of the straight line.
        length: l, how far two runs may be apart and still be alike.
    """

    amplitude: float
    slope: float
    length: float


def matern(ratio: Floats) -> Floats:
    """Matérn's kernel of a distance in lengths."""
    scaled = _ROOT * ratio
    value: Floats = (1 + scaled + scaled**2 / 3) * np.exp(-scaled)
    return value


def matern_by_log_length(ratio: Floats) -> Floats:
    """Its derivative by the logarithm of the length."""
    scaled = _ROOT * ratio
    value: Floats = scaled**2 / 3 * (1 + scaled) * np.exp(-scaled)
    return value


def between(axes: list[Axis], left: Floats, right: Floats) -> Floats:
    """The product over all axes, for each row on the left with each on the right."""
    product = np.ones((len(left), len(right)))
    for number, axis in enumerate(axes):
        one, other = left[:, number, np.newaxis], right[np.newaxis, :, number]
        near = matern(np.abs(one - other) / axis.length)
        product *= 1 + axis.amplitude * near + axis.slope * (one * other)
    return product


def of_itself(axes: list[Axis], rows: Floats) -> Floats:
    """The product over all axes, for each row with itself."""
    product = np.ones(len(rows))
    for number, axis in enumerate(axes):
        product *= 1 + axis.amplitude + axis.slope * rows[:, number] ** 2
    return product


class Levels:
    """The values that runs have on one axis; measured runs often share few of them.

    Attributes:
        place: which value each run has.
    """

    def __init__(self, column: Floats) -> None:
        values, self.place = np.unique(column, return_inverse=True)
        self._distance = np.abs(values[:, np.newaxis] - values)
        self._product = np.outer(values, values)
        self._member = np.zeros((len(values), len(column)))
        self._member[self.place, np.arange(len(column))] = 1.0

    def factor(self, axis: Axis, out: Floats) -> None:
        """Write the axis's factor of the kernel, for each pair of runs."""
        near = matern(self._distance / axis.length)
        value = 1 + axis.amplitude * near + axis.slope * self._product
        # Whole rows are copied; "clip" is the mode that writes without a copy of its own.
        np.take(value[:, self.place], self.place, axis=0, out=out, mode="clip")

    def gradient(self, axis: Axis, weight: Floats) -> list[float]:
        """Weighted sums over pairs of the factor's derivatives.

        By the logarithms of amplitude, slope and length.
        """
        summed = self._member @ weight @ self._member.T
        ratio = self._distance / axis.length
        return [
            float(np.sum(summed * axis.amplitude * matern(ratio))),
            float(np.sum(summed * axis.slope * self._product)),
            float(np.sum(summed * axis.amplitude * matern_by_log_length(ratio))),
        ]
