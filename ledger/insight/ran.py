"""What a filter's runs amount to by configuration, for as many as there are."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ledger.insight.configurations import Configuration
from ledger.insight.configurations import Repeats
from ledger.insight.configurations import of_key
from ledger.insight.spread import Spread
from ledger.insight.tallies import Tallies

if TYPE_CHECKING:
    from ledger.index.queries.columns.runs import Runs

Places = NDArray[np.int64]


class Ran:
    """Runs by configuration; a place is that of a configuration among them.

    Args:
        runs: the runs, good for as long as their source is.
    """

    def __init__(self, runs: "Runs") -> None:
        self.runs = runs

    def __len__(self) -> int:
        """How many configurations there are."""
        return len(self.runs)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Runs of each configuration."""
        return np.bincount(self.runs.members, minlength=len(self))

    @cached_property
    def tallies(self) -> Tallies:
        """Logarithms of the runtimes of each configuration."""
        return Tallies.of(self.runs.members, self.runs.runtimes, len(self))

    def alike(self, fields: Iterable[str], words: Iterable[str] = ()) -> Tallies:
        """The same by what is left of the configurations when some fields and words may differ."""
        return self.tallies.under(self.runs.besides(fields, words))

    @cached_property
    def variations(self) -> NDArray[np.float64]:
        """Coefficient of variation of each configuration; NaN: it ran once."""
        repeated = self.counts > 1
        found = np.full(len(self), np.nan)
        if not repeated.any():
            return found
        there = repeated[self.runs.members]
        members = (np.cumsum(repeated) - 1)[self.runs.members[there]]
        found[repeated] = _variations(members, self.runs.runtimes[there], self.counts[repeated])
        return found

    @property
    def variation(self) -> float | None:
        """Their median; None: none ran repeatedly."""
        found = self.variations[~np.isnan(self.variations)]
        return float(np.median(found)) if len(found) else None

    @cached_property
    def input_bytes(self) -> tuple[int, int] | None:
        """The smallest and the largest input; None: none is known."""
        sizes = self.runs.sizes()
        known = sizes[~np.isnan(sizes)]
        return (int(known.min()), int(known.max())) if len(known) else None

    @property
    def has_several_settings(self) -> bool:
        """Whether parameters, characteristics of the input or configuration differ."""
        first: tuple[str, ...] | None = None
        for text in self.runs.texts():
            found = Configuration.settings_in(text)
            if first is not None and found != first:
                return True
            first = found
        return False

    def repeats(self, places: Places) -> list[Repeats]:
        """The configurations at some places, each with the spread of its runs."""
        order = np.full(len(self), -1, np.int64)
        order[places] = np.arange(len(places))
        of_runs = order[self.runs.members]
        there = np.flatnonzero(of_runs >= 0)
        runtimes, members = self.runs.runtimes[there], of_runs[there]
        ascending = runtimes[np.lexsort((runtimes, members))]
        ends = np.cumsum(self.counts[places])
        return [
            Repeats.model_construct(
                configuration=of_key(self.runs.key(int(place))), runtime=Spread.of(part)
            )
            for place, part in zip(places, np.split(ascending, ends), strict=False)
        ]

    def at(self, kept: NDArray[np.bool_]) -> "Ran":
        """The runs of some configurations."""
        return self if kept.all() else Ran(self.runs.at(kept))

    def only(self, wanted: Configuration) -> "Ran | None":
        """The runs of one configuration; None: there are none."""
        for place in range(len(self)):
            if of_key(self.runs.key(place)) == wanted:
                return self.at(np.arange(len(self)) == place)
        return None


def perhaps_alike(one: Ran, other: Ran, fields: Iterable[str]) -> tuple[Ran, Ran]:
    """What of two may be the same when some fields may differ: all that is, and little else.

    Words are not looked at, which take most of the time, and of the rest some bits.
    """
    marks = [each.runs.named_besides(fields) >> _SHIFT for each in (one, other)]
    sieves = [np.zeros(1 << _BITS, np.bool_) for _ in marks]
    for sieve, found in zip(sieves, marks, strict=True):
        sieve[found] = True
    return one.at(sieves[1][marks[0]]), other.at(sieves[0][marks[1]])


_BITS = 22
_SHIFT = np.uint64(64 - _BITS)


def _variations(
    members: Places, runtimes: NDArray[np.float64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Of each configuration that ran at least twice: standard deviation over mean."""
    scales = np.zeros(len(counts))
    np.maximum.at(scales, members, runtimes)
    scales[scales == 0] = 1.0  # squares of a stranger's runtimes may exceed a float
    shares = runtimes / scales[members]
    means = np.bincount(members, shares, len(counts)) / counts
    squares = np.bincount(members, (shares - means[members]) ** 2, len(counts))
    deviations: NDArray[np.float64] = np.sqrt(squares / (counts - 1))
    return np.divide(deviations, means, out=np.zeros(len(counts)), where=means > 0)
