"""perfledger's own model: surfaces that count by how well they foretell, and honest intervals.

Repeats of a configuration are one row, their median, as heavy as all of them. Beyond the rows
`ledger.model.tail` goes on. How far a run may stray comes from configurations that were left out:
where there are few, by learning again without them, as the parameters themselves then depend on
every row; where there are many, by a Gaussian process's own formula for leaving out one.
"""

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import KFold

from ledger.model.estimator import RuntimeEstimator
from ledger.model.margin import Margin
from ledger.model.mixture import Mixture
from ledger.model.mixture import error_of
from ledger.model.odds import Odds
from ledger.model.regressor import Floats
from ledger.model.tail import SPREAD_PER_FOLD
from ledger.model.tail import Tail

FEW_CONFIGURATIONS = 80
"""Up to so many are left out by learning again."""

FOLDS = 8

ITERATIONS = 15
"""Without a fold; enough to see how much the parameters depend on it."""

REFRESHED = 5
"""Steps where the search begins at an earlier model of nearly the same runs."""

CLOSE = 0.1
"""By which share the number of configurations may differ for that."""


class Blend(RuntimeEstimator):
    """The model.

    Args:
        few: up to so many configurations are left out by learning again, for intervals; what is
            foretold does not depend on it.

    Attributes:
        left_out_: each run's runtime, in seconds, as other configurations foretell it.
        error_: mean absolute percentage error of that for medians, as a fraction.
        configurations_: number of distinct rows of features.
        learned_: that of the model which was learned without the help of an earlier one.
    """

    left_out_: Floats
    error_: float
    configurations_: int

    learned_: int
    mixture_: Mixture

    _start: "Blend | None" = None

    def __init__(self, *, few: int = FEW_CONFIGURATIONS) -> None:
        self.few = few

    def refreshed(self, X: Floats, y: Floats, sample_weight: Floats) -> "Blend":  # noqa: N803
        """A model of nearly the same runs, which is learned quicker by beginning at this one.

        Where the runs are others by more than `CLOSE`, it is learned as if there had been none.
        """
        model = Blend(few=self.few)
        model._start = self
        return model.fit(X, y, sample_weight)

    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        rows, place = np.unique(features, axis=0, return_inverse=True)
        place = place.ravel()
        medians, weights = medians_of(runtimes, weight, place, len(rows))
        self.configurations_ = len(rows)
        mixture, self.learned_ = Mixture(), len(rows)
        if self._start is not None and self._start.is_close_to(rows):
            mixture, self.learned_ = Mixture(REFRESHED, self._start.mixture_), self._start.learned_
        self._start = None
        self.mixture_ = mixture.fit(rows, medians, weights)
        self.tail_ = Tail().fit(rows, medians, weights)
        foretold, doubt = self._left_out(rows, medians, weights)
        self.left_out_ = foretold[place]
        self.error_ = error_of(foretold, medians, weights)
        strayed = np.abs(np.log(runtimes) - np.log(self.left_out_)) / doubt[place]
        self.margin_ = Margin(strayed, weight / weights[place], len(rows))

    def is_close_to(self, rows: Floats) -> bool:
        """Whether this model may be where the search for one of these configurations begins."""
        apart = abs(len(rows) - self.learned_)
        return rows.shape[1] == self.n_features_in_ and apart <= CLOSE * self.learned_

    def _left_out(self, rows: Floats, medians: Floats, weights: Floats) -> tuple[Floats, Floats]:
        foretold, doubt = self.mixture_.left_out, self.mixture_.left_out_doubt
        if not 1 < len(rows) <= self.few:
            return foretold, doubt
        foretold, doubt = foretold.copy(), doubt.copy()
        folds = KFold(min(FOLDS, len(rows)), shuffle=True, random_state=0)
        for seen, held in folds.split(rows):
            without = Mixture(ITERATIONS).fit(rows[seen], medians[seen], weights[seen])
            foretold[held], doubt[held] = without.with_doubt(rows[held])
        return foretold, doubt

    def _answer(self, features: Floats) -> Floats:
        return self.mixture_.predict(self.tail_.inside(features)) * self.tail_.ratio(features)

    def odds(self, features: Floats) -> list[Odds]:
        """How sure the runtime of each row of features is."""
        foretold, doubt = self.mixture_.with_doubt(self.tail_.inside(features))
        runtimes = foretold * self.tail_.ratio(features)
        beyond = self.tail_.beyond(features) * SPREAD_PER_FOLD
        return [
            Odds(runtime, of, self.margin_)
            for runtime, of in zip(runtimes.tolist(), np.hypot(doubt, beyond).tolist(), strict=True)
        ]


def medians_of(
    runtimes: Floats, weight: Floats, place: npt.NDArray[np.intp], count: int
) -> tuple[Floats, Floats]:
    """The weighted median of the runs of each configuration, and their weights together."""
    order = np.lexsort((runtimes, place))
    medians, weights = np.empty(count), np.bincount(place, weight, count).astype(np.float64)
    ends = np.cumsum(np.bincount(place, minlength=count))
    start = 0
    for number, end in enumerate(ends.tolist()):
        runs = order[start:end]
        middle = np.cumsum(weight[runs]) - 0.5 * weight[runs]
        medians[number] = np.interp(0.5 * weights[number], middle, runtimes[runs])
        start = end
    return medians, weights
