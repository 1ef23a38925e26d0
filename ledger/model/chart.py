"""A mixture of surfaces inside the runs, and what lies beyond them."""

from typing import Self

import numpy as np

from ledger.model.gaussian import MAX_ITERATIONS
from ledger.model.mixture import Mixture
from ledger.model.regressor import Floats
from ledger.model.repeats import Repeated
from ledger.model.tail import SPREAD_PER_FOLD
from ledger.model.tail import Tail


class Chart:
    """Runtimes over the features, everywhere.

    Args:
        iterations: steps of the search for each surface's parameters.
        start: of nearly the same configurations; see `Mixture`.
        columns: number of columns that the rows to learn from have beyond the features; they say
            where a run was, and are zero for those that are asked for.

    Attributes:
        columns: as given.
        mixture: the surfaces.
    """

    mixture: Mixture

    def __init__(
        self, iterations: int = MAX_ITERATIONS, start: "Chart | None" = None, columns: int = 0
    ) -> None:
        self.columns = columns
        self.mixture = Mixture(iterations, None if start is None else start.mixture)

    def fit(self, rows: Floats, known: Repeated, own: int) -> Self:
        """Learn from distinct configurations, of which the first so many are those asked about."""
        self.mixture.fit(rows, known, own)
        self._tail = Tail().fit(rows, known.centre, known.weight)
        return self

    def predict(self, features: Floats) -> Floats:
        """Runtimes in seconds."""
        asked = self._asked(features)
        return self.mixture.predict(self._tail.inside(asked)) * self._tail.ratio(asked)

    def with_doubt(self, features: Floats) -> tuple[Floats, Floats]:
        """Runtimes, and the standard deviation of the logarithm of a single run around them."""
        asked = self._asked(features)
        foretold, doubt = self.mixture.with_doubt(self._tail.inside(asked))
        beyond = self._tail.beyond(asked) * SPREAD_PER_FOLD
        return foretold * self._tail.ratio(asked), np.hypot(doubt, beyond)

    def _asked(self, features: Floats) -> Floats:
        return np.hstack([features, np.zeros((len(features), self.columns))])
