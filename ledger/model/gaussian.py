"""A Gaussian process over few coordinates, its parameters the most probable ones.

Noise has two parts, as measured runtimes do: one relative to the runtime (other tenants, the data)
and one of so many seconds (clocks, rounding, start-up).

Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006: equations 2.25 and
2.26 (prediction), 5.9 (gradient), 5.10 to 5.12 (leaving one out).
"""

from dataclasses import dataclass
from typing import Any
from typing import Self

import numpy as np
from scipy.linalg import LinAlgError
from scipy.linalg import cho_factor
from scipy.linalg import cho_solve
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

from ledger.model.kernel import Axis
from ledger.model.kernel import Levels
from ledger.model.kernel import between
from ledger.model.kernel import of_itself
from ledger.model.regressor import Floats
from ledger.model.threads import one_thread

MAX_ITERATIONS = 50
"""Later steps change predictions by less than the noise."""

NOISE = -8.0
"""Of the medians of repeats: a percent or two where runtimes spread over a factor of ten."""

_COMMON = 3
_PER_AXIS = 3
_PRIOR_MEAN = ([0.0, NOISE, -8.0], [-2.3, -1.2, 0.4])
_PRIOR_SPREAD = ([1.5, 2.0, 2.0], [1.5, 1.5, 0.8])
_BOUNDS = ([(-6.0, 6.0), (-14.0, 0.0), (-16.0, 0.0)], [(-9.0, 5.0), (-9.0, 5.0), (-3.0, 3.4)])
"""Of logarithms, for coordinates and targets of variance 1: variance, relative noise and absolute
noise of the whole, then amplitude, slope and length of each axis."""

_NO_SLOPE = -30.0
_JITTER = 1e-8
_TINY = 1e-12


@dataclass(frozen=True)
class Targets:
    """What is learned, and how its noise depends on the runtime.

    Attributes:
        values: of each run.
        relative: variance of the noise that is relative to the runtime, up to a factor.
        absolute: variance of the noise in seconds, up to a factor.
    """

    values: Floats
    relative: Floats
    absolute: Floats


class GaussianProcess:
    """The process.

    Args:
        slopes: whether axes have straight lines beside their curves.
        iterations: steps of the search for parameters; 0: the prior's means are taken, so that
            the same rows give the same answer on every machine.
        noise: logarithm of the expected relative noise, as a share of the targets' variance.
        start: parameters from which the search begins, those of an earlier process of nearly the
            same runs; None: the prior's means.

    Attributes:
        parameters: logarithms of the parameters after `fit`.
        left_out: what the others say of each run.
        left_out_spread: standard deviation of that, without the run's noise.
        noise: factors of `Targets.relative` and `Targets.absolute`.
    """

    parameters: Floats
    left_out: Floats
    left_out_spread: Floats
    noise: tuple[float, float]

    def __init__(
        self,
        *,
        slopes: bool = True,
        iterations: int = MAX_ITERATIONS,
        noise: float = NOISE,
        start: Floats | None = None,
    ) -> None:
        self._slopes = slopes
        self._iterations = iterations
        self._noise = noise
        self._start = start

    @one_thread()
    def fit(self, rows: Floats, targets: Targets) -> Self:
        """Learn from coordinates, one row per run, and their targets."""
        self._centre, self._spread = rows.mean(axis=0), rows.std(axis=0)
        self._spread[self._spread < _TINY] = 1.0
        self._rows = self._standard(rows)
        self._levels = [Levels(column) for column in self._rows.T]
        self._mean = float(targets.values.mean())
        self._scale = float(targets.values.std()) or 1.0
        self._y = (targets.values - self._mean) / self._scale
        self._means = (targets.relative.mean(), targets.absolute.mean())
        self._relative = targets.relative / self._means[0]
        self._absolute = targets.absolute / self._means[1]
        self._prior()
        self.parameters = self._searched()
        self._solve()
        return self

    def __getstate__(self) -> dict[str, Any]:
        """All but what is computed from the rest: a matrix of the number of runs squared."""
        return {
            name: value for name, value in vars(self).items() if name not in {"_factor", "_levels"}
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """As it was."""
        vars(self).update(state)
        self._levels = [Levels(column) for column in self._rows.T]
        self._factor = self._factored()

    @one_thread()
    def predict(self, rows: Floats) -> tuple[Floats, Floats]:
        """Means and standard deviations, the latter without noise."""
        variance, _, axes = self._named(self.parameters)
        standard = self._standard(rows)
        kernel = variance * between(axes, standard, self._rows)
        mean = kernel @ self._solution * self._scale + self._mean
        half = solve_triangular(self._factor[0], kernel.T, lower=True)
        left = variance * of_itself(axes, standard) - (half**2).sum(axis=0)
        return mean, np.sqrt(np.maximum(left, _TINY)) * self._scale

    @one_thread()
    def covariance(self, rows: Floats) -> Floats:
        """Of the means at some rows with each other, given the runs; without noise."""
        variance, _, axes = self._named(self.parameters)
        standard = self._standard(rows)
        half = solve_triangular(
            self._factor[0], variance * between(axes, self._rows, standard), lower=True
        )
        left: Floats = variance * between(axes, standard, standard) - half.T @ half
        return left * self._scale**2

    def _standard(self, rows: Floats) -> Floats:
        standard: Floats = (rows - self._centre) / self._spread
        return standard

    def _prior(self) -> None:
        count = len(self._levels)
        self._expected = np.array(_PRIOR_MEAN[0] + _PRIOR_MEAN[1] * count)
        self._expected[1] = self._noise
        self._deviation = np.array(_PRIOR_SPREAD[0] + _PRIOR_SPREAD[1] * count)
        self._bounds = _BOUNDS[0] + _BOUNDS[1] * count
        if not self._slopes:
            for number in range(_COMMON + 1, len(self._expected), _PER_AXIS):
                self._expected[number] = _NO_SLOPE
                self._bounds[number] = (_NO_SLOPE, _NO_SLOPE)

    def _searched(self) -> Floats:
        start = self._start
        if start is None or len(start) != len(self._expected):  # one axis more or less than then
            start = self._expected
        if self._iterations == 0:
            return start
        shape = (len(self._levels), len(self._y), len(self._y))
        found = minimize(
            self._objective,
            start,
            args=(np.empty(shape), np.empty(shape)),
            jac=True,
            method="L-BFGS-B",
            bounds=self._bounds,
            options={"maxiter": self._iterations, "ftol": 1e-6},
        )
        parameters: Floats = found.x
        return parameters

    def _named(self, parameters: Floats) -> tuple[float, Floats, list[Axis]]:
        """Variance, noise of each run, axes."""
        plain = np.exp(parameters)
        noise = plain[1] * self._relative + plain[2] * self._absolute + _JITTER
        axes = [Axis(*row) for row in plain[_COMMON:].reshape(-1, _PER_AXIS).tolist()]
        return float(plain[0]), noise, axes

    def _objective(
        self, parameters: Floats, factors: Floats, others: Floats
    ) -> tuple[float, Floats]:
        """Negative logarithm of the posterior density, without its constant, and its gradient.

        Args:
            parameters: logarithms.
            factors: room for the factors of all axes, which is written over, as new memory for
                each step takes longer than what is computed in it.
            others: as much room.
        """
        variance, noise, axes = self._named(parameters)
        for levels, axis, factor in zip(self._levels, axes, factors, strict=True):
            levels.factor(axis, factor)
        _products_of_others(factors, variance, others)
        kernel = others[0] * factors[0]
        away = (parameters - self._expected) / self._deviation
        noisy = kernel.copy()
        noisy[np.diag_indices_from(noisy)] += noise
        try:  # symmetric, and the other way round LAPACK need not copy it
            root = cho_factor(noisy.T, lower=True, overwrite_a=True, check_finite=False)
        except LinAlgError:
            return 1e10, np.zeros_like(parameters)
        solution = cho_solve(root, self._y, check_finite=False)
        value = 0.5 * self._y @ solution + np.log(np.diag(root[0])).sum() + 0.5 * away @ away
        weight = cho_solve(root, np.eye(len(self._y)), overwrite_b=True, check_finite=False)
        weight -= np.outer(solution, solution)
        own = np.diag(weight)
        plain = np.exp(parameters[1:_COMMON])
        slope = [
            float(np.vdot(weight, kernel)),
            float(plain[0] * own @ self._relative),
            float(plain[1] * own @ self._absolute),
        ]
        others *= weight
        for levels, axis, weighted in zip(self._levels, axes, others, strict=True):
            slope += levels.gradient(axis, weighted)
        return float(value), 0.5 * np.array(slope) + away / self._deviation

    def _solve(self) -> None:
        _, noise, _ = self._named(self.parameters)
        self._factor = self._factored()
        self._solution = cho_solve(self._factor, self._y)
        own = 1 / np.diag(cho_solve(self._factor, np.eye(len(self._y))))
        self.left_out = (self._y - self._solution * own) * self._scale + self._mean
        self.left_out_spread = np.sqrt(np.maximum(own - noise, _TINY)) * self._scale
        relative, absolute = np.exp(self.parameters[1:_COMMON]) * self._scale**2
        self.noise = (
            float(relative / self._means[0]),
            float(absolute / self._means[1]),
        )

    def _factored(self) -> tuple[Floats, bool]:
        variance, noise, axes = self._named(self.parameters)
        kernel = variance * between(axes, self._rows, self._rows) + np.diag(noise)
        factor: tuple[Floats, bool] = cho_factor(kernel, lower=True)
        return factor


def _products_of_others(factors: Floats, variance: float, out: Floats) -> None:
    """Write for each factor the product of all others and the variance; factors may be zero."""
    out[0] = variance
    for number in range(1, len(factors)):
        np.multiply(out[number - 1], factors[number - 1], out=out[number])
    after = factors[-1].copy()
    for number in reversed(range(len(factors) - 1)):
        out[number] *= after
        after *= factors[number]
