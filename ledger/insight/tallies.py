"""Logarithms of runtimes, summed up by what was run: as arrays, since there may be a million."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ledger.insight.spread import Logs

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Labels = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Tallies:
    """Natural logarithms of runtimes by label, of those longer than 0 s.

    Attributes:
        labels: ascending, each once.
        counts: how many runs each has.
        means: of their logarithms; 0 where there are none.
        squares: sums of squared deviations from the mean.
    """

    labels: Labels
    counts: Counts
    means: Floats
    squares: Floats

    @staticmethod
    def of(members: Counts, runtimes: Floats, number: int) -> "Tallies":
        """Runtimes in seconds, by the place of what each belongs to, which is its label.

        Args:
            members: of each run, its place.
            runtimes: of each run.
            number: how many places there are.
        """
        if not runtimes.all():
            members, runtimes = members[runtimes > 0], runtimes[runtimes > 0]
        logs = np.log(runtimes)
        counts = np.bincount(members, minlength=number)
        means = _sums(members, logs, number) / np.maximum(counts, 1)
        squares = _sums(members, (logs - means[members]) ** 2, number)
        return Tallies(np.arange(number, dtype=np.uint64), counts, means, squares)

    def __len__(self) -> int:
        """How many labels there are."""
        return len(self.labels)

    def logs(self, place: int) -> Logs:
        """Those of one label."""
        return Logs.model_construct(
            count=int(self.counts[place]),
            mean=float(self.means[place]),
            squares=float(self.squares[place]),
        )

    def at(self, places: NDArray[np.int64] | NDArray[np.bool_]) -> "Tallies":
        """Those at some places."""
        return Tallies(
            self.labels[places], self.counts[places], self.means[places], self.squares[places]
        )

    def under(self, labels: Labels) -> "Tallies":
        """The same runs under other labels; what gets the same one becomes one.

        Source: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing
        Sample Variances" (1979).

        Args:
            labels: one for each that there is now.
        """
        found, members = np.unique(labels, return_inverse=True)
        if len(found) == len(labels):
            order = np.empty(len(found), np.int64)
            order[members] = np.arange(len(members))
            return Tallies(found, self.counts[order], self.means[order], self.squares[order])
        number = len(found)
        counts = _sums(members, self.counts.astype(np.float64), number)
        means = _sums(members, self.counts * self.means, number) / np.maximum(counts, 1)
        apart = (self.means - means[members]) ** 2
        squares = _sums(members, self.squares + self.counts * apart, number)
        return Tallies(found, counts.astype(np.int64), means, squares)

    def common(self, other: "Tallies") -> tuple["Tallies", "Tallies"]:
        """Of both, the labels under which both have runs."""
        mine, theirs = self.at(self.counts > 0), other.at(other.counts > 0)
        if not len(mine) or not len(theirs):
            return mine.at(np.zeros(0, np.int64)), theirs.at(np.zeros(0, np.int64))
        places = np.searchsorted(theirs.labels, mine.labels).clip(max=len(theirs) - 1)
        there = theirs.labels[places] == mine.labels
        return mine.at(there), theirs.at(places[there])


def _sums(members: Counts, values: Floats, number: int) -> Floats:
    return np.bincount(members, values, number).astype(np.float64, copy=False)
