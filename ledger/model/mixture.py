"""Several surfaces of the same runtimes, each counting by how well it foretells.

Which coordinates a job is smooth in is for its runs to say: every surface foretells each
configuration from the others, and counts by the inverse power of the error it makes there. Nothing
but the runs it learns from is looked at.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from typing import Protocol
from typing import Self

import numpy as np

from ledger.model import robust
from ledger.model.estimator import RuntimeEstimator
from ledger.model.gaussian import MAX_ITERATIONS
from ledger.model.regressor import Floats
from ledger.model.repeats import Repeated
from ledger.model.surface import Surface
from ledger.model.wide import Wide

AGAIN = 10
"""Steps of the search once it is known which rows stray."""

MOST_CONFIGURATIONS = 600
"""Beyond them, the time that Gaussian processes take grows past what anyone waits for."""

POWERS = (3.0, 24.0)
"""Of the inverse error, from least to most: the fewer rows there are, the less their errors say of
which surface is better, and the better it is to take the mean of several."""

ROWS_PER_POWER = 5

LEAST_SHARE = 0.01
"""Of the best surface's: below it a surface costs time and changes nothing."""

_LEAST_ERROR = 1e-4
"""Runs that follow a law to the last digit leave no error to compare."""

_FORMS: tuple[dict[str, Any], ...] = (
    {"slopes": False, "portion": True},
    {"coordinates": "as they are"},
    {"coordinates": "per node", "slopes": False},
    {"coordinates": "as they are", "logarithm": False, "portion": True},
    {"coordinates": "per node", "logarithm": False, "portion": True},
)
"""Of the surfaces; see `Surface`."""

_WIDE = -1


class Member(Protocol):
    """One surface."""

    left_out_: Floats

    @property
    def left_out_doubt_(self) -> Floats:
        """Standard deviation of the logarithm of `left_out_`, without noise."""

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Runtimes in seconds."""

    def doubt(self, features: Floats) -> Floats:
        """Standard deviation of the logarithm of the runtime, without noise."""

    def noise(self, runtimes: Floats) -> Floats:
        """Standard deviation of the logarithm of one run's runtime around its mean."""


class Mixture:
    """The surfaces.

    Args:
        iterations: steps of the search for each surface's parameters.
        start: of nearly the same configurations; searches begin where they ended there.

    Attributes:
        members: those that count.
        numbers: which of all surfaces they are.
        starts: where the search for each of all surfaces ended; a later one may begin there.
        shares: how much each counts; they sum to 1.
        left_out: the runtime of each configuration, in seconds, as the others foretell it.
        left_out_doubt: standard deviation of the logarithm of a single run around it.
    """

    members: list[Member]
    numbers: list[int]
    starts: dict[int, Floats]
    shares: Floats
    left_out: Floats
    left_out_doubt: Floats

    def __init__(self, iterations: int = MAX_ITERATIONS, start: "Mixture | None" = None) -> None:
        self._iterations = iterations
        self._start = start

    def fit(self, rows: Floats, known: Repeated, own: int | None = None) -> Self:
        """Learn from distinct configurations.

        Args:
            rows: one row of features each.
            known: what runs of them take.
            own: surfaces count by their errors on the first so many; None: on all.
        """
        starts, self._start = self._start.starts if self._start else {}, None
        candidates = _members(len(rows), self._iterations, starts)
        self._learn(candidates, rows, known, own)
        self.starts = {
            number: each.process_.parameters
            for number, each in candidates.items()
            if isinstance(each, Surface)
        }
        if _WIDE not in self.numbers:
            strayed = np.log(known.centre / self.left_out)
            steady = replace(known, precision=known.precision * robust.weights(strayed))
            counting = {number: self.starts[number] for number in self.numbers}
            self._learn(_members(len(rows), AGAIN, counting), rows, steady, own)
        return self

    def _learn(
        self,
        candidates: Mapping[int, RuntimeEstimator],
        rows: Floats,
        known: Repeated,
        own: int | None,
    ) -> None:
        fitted = [member.fit(rows, known.centre, known.precision) for member in candidates.values()]
        seen = slice(own)
        shares = shares_of(
            [each.left_out_[seen] for each in fitted], known.centre[seen], known.weight[seen]
        )
        counting = shares > LEAST_SHARE * shares.max()
        self.members = [each for each, counts in zip(fitted, counting, strict=True) if counts]
        self.numbers = [
            number for number, counts in zip(candidates, counting, strict=True) if counts
        ]
        self.shares = shares[counting] / shares[counting].sum()
        self.left_out, self.left_out_doubt = self._together(
            [each.left_out_ for each in self.members],
            [each.left_out_doubt_ for each in self.members],
        )

    def predict(self, features: Floats) -> Floats:
        """Runtimes in seconds."""
        return self._mean([each.predict(features) for each in self.members])

    def with_doubt(self, features: Floats) -> tuple[Floats, Floats]:
        """Runtimes, and the standard deviation of the logarithm of a single run around them."""
        return self._together(
            [each.predict(features) for each in self.members],
            [each.doubt(features) for each in self.members],
        )

    def _mean(self, answers: list[Floats]) -> Floats:
        mean: Floats = np.exp(self.shares @ np.log(np.array(answers)))
        return mean

    def _together(self, answers: list[Floats], doubts: list[Floats]) -> tuple[Floats, Floats]:
        """The mean, and the doubt of each surface, between them, and by noise."""
        mean = self._mean(answers)
        apart = np.log(np.array(answers)) - np.log(mean)
        noise = np.array([each.noise(mean) for each in self.members])
        return mean, np.sqrt(self.shares @ (np.array(doubts) ** 2 + apart**2 + noise**2))


def shares_of(foretold: Sequence[Floats], runtimes: Floats, weight: Floats) -> Floats:
    """How much models count that foretell left-out configurations so."""
    errors = np.array([error_of(each, runtimes, weight) for each in foretold])
    power = np.clip(len(runtimes) / ROWS_PER_POWER, *POWERS)
    shares = (errors.min() / errors) ** power
    return np.asarray(shares / shares.sum())


def error_of(foretold: Floats, runtimes: Floats, weight: Floats) -> float:
    """Mean absolute percentage error, as a fraction."""
    missed = np.abs(foretold / runtimes - 1)
    return max(float(np.average(missed, weights=weight)), _LEAST_ERROR)


def _members(
    configurations: int, iterations: int, starts: Mapping[int, Floats]
) -> dict[int, RuntimeEstimator]:
    """New surfaces by their numbers, of which the runs choose: those with a start, if any has."""
    if configurations > MOST_CONFIGURATIONS:
        return {_WIDE: Wide()}
    return {
        number: Surface(**_FORMS[number], iterations=iterations, start=starts.get(number))
        for number in starts or range(len(_FORMS))
    }
