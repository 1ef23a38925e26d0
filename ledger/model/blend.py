"""perfledger's own model: surfaces that count by how well they foretell, and honest intervals.

Repeats of a configuration are one row (`ledger.model.repeats`). Runs elsewhere, where there are
some, make a second set of surfaces, which learns both and how they differ; both sets count by how
well they foretell the runs here. How far a run may stray comes from configurations that were left
out: where there are few, by learning again without them, as the parameters themselves then depend
on every row; where there are many, by a Gaussian process's own formula for leaving out one.
"""

from collections.abc import Collection
from collections.abc import Sequence
from typing import Self

import numpy as np
from sklearn.model_selection import KFold

from ledger.model.chart import Chart
from ledger.model.elsewhere import Elsewhere
from ledger.model.estimator import RuntimeEstimator
from ledger.model.gaussian import MAX_ITERATIONS
from ledger.model.margin import Margin
from ledger.model.mixture import LEAST_SHARE
from ledger.model.mixture import error_of
from ledger.model.mixture import shares_of
from ledger.model.odds import Odds
from ledger.model.regressor import Floats
from ledger.model.repeats import Repeated
from ledger.model.repeats import repeated

FEW_CONFIGURATIONS = 80
"""Up to so many are left out by learning again."""

FOLDS = 5

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
        elsewhere: runs that are not asked about and may help; None: there are none.

    Attributes:
        charts_: the sets of surfaces that count.
        shares_: how much each counts; they sum to 1.
        left_out_: each run's runtime, in seconds, as other configurations foretell it.
        error_: mean absolute percentage error of that for medians, as a fraction.
        configurations_: number of distinct rows of features.
        learned_: that of the model which was learned without the help of an earlier one.
    """

    charts_: list[Chart]
    shares_: Floats
    left_out_: Floats
    error_: float
    configurations_: int
    learned_: int

    _start: "Blend | None" = None

    def __init__(
        self, *, few: int = FEW_CONFIGURATIONS, elsewhere: Elsewhere | None = None
    ) -> None:
        self.few = few
        self.elsewhere = elsewhere

    def beginning_at(self, earlier: "Blend") -> Self:
        """Let `fit` begin where an earlier model ended, if that is of nearly the same runs."""
        self._start = earlier
        return self

    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        rows, place = np.unique(features, axis=0, return_inverse=True)
        place = place.ravel()
        known = repeated(runtimes, weight, place, len(rows))
        start, self._start = self._start, None
        if start is not None and not start.is_close_to(rows):
            start = None
        self.configurations_ = len(rows)
        self.learned_ = len(rows) if start is None else start.learned_
        steps = MAX_ITERATIONS if start is None else REFRESHED
        charts = self._charts(rows, known, steps, None if start is None else start.charts_)
        foretold = [each.mixture.left_out[: len(rows)] for each in charts]
        shares = shares_of(foretold, known.centre, known.weight)
        counting = shares > LEAST_SHARE
        self.charts_ = [each for each, counts in zip(charts, counting, strict=True) if counts]
        self.shares_ = shares[counting] / shares[counting].sum()
        left_out, doubt = self._left_out(rows, known)
        self.left_out_ = left_out[place]
        self.error_ = error_of(left_out, known.centre, known.weight)
        strayed = np.abs(np.log(runtimes) - np.log(self.left_out_)) / doubt[place]
        self.margin_ = Margin(strayed, weight / known.weight[place], len(rows))

    def is_close_to(self, rows: Floats) -> bool:
        """Whether this model may be where the search for one of these configurations begins."""
        apart = abs(len(rows) - self.learned_)
        return rows.shape[1] == self.n_features_in_ and apart <= CLOSE * self.learned_

    def _charts(
        self,
        rows: Floats,
        known: Repeated,
        steps: int,
        start: Sequence[Chart] | None = None,
        only: Collection[int] | None = None,
    ) -> list[Chart]:
        """The set of surfaces of the runs here, and that which learns those elsewhere too.

        Args:
            rows: distinct configurations here.
            known: what runs of them take.
            steps: of each search.
            start: charts of nearly the same rows, where searches begin.
            only: numbers of columns of the sets that are wanted; None: both.
        """
        earlier = {each.columns: each for each in start or ()}
        charts = []
        if only is None or 0 in only:
            charts.append(Chart(steps, earlier.get(0)).fit(rows, known, len(rows)))
        columns = 0 if self.elsewhere is None else len(self.elsewhere.places)
        if self.elsewhere is not None and (only is None or columns in only):
            others, known_there = self.elsewhere.configurations()
            here = np.hstack([rows, np.zeros((len(rows), columns))])
            both = Chart(steps, earlier.get(columns), columns)
            charts.append(both.fit(np.vstack([here, others]), known + known_there, len(rows)))
        return charts

    def _left_out(self, rows: Floats, known: Repeated) -> tuple[Floats, Floats]:
        if not 1 < len(rows) <= self.few:
            mixtures = [each.mixture for each in self.charts_]
            return self._together(
                [each.left_out[: len(rows)] for each in mixtures],
                [each.left_out_doubt[: len(rows)] for each in mixtures],
            )
        foretold, doubt = np.empty(len(rows)), np.empty(len(rows))
        counting = {each.columns for each in self.charts_}
        folds = KFold(min(FOLDS, len(rows)), shuffle=True, random_state=0)
        for seen, held in folds.split(rows):
            without = self._charts(rows[seen], known[seen], ITERATIONS, only=counting)
            asked = [each.with_doubt(rows[held]) for each in without]
            foretold[held], doubt[held] = self._together(*map(list, zip(*asked, strict=True)))
        return foretold, doubt

    def _together(self, answers: list[Floats], doubts: list[Floats]) -> tuple[Floats, Floats]:
        logarithms = np.log(np.array(answers))
        mean = self.shares_ @ logarithms
        doubt = np.sqrt(self.shares_ @ (np.array(doubts) ** 2 + (logarithms - mean) ** 2))
        return np.exp(mean), doubt

    def _answer(self, features: Floats) -> Floats:
        answers = np.log([each.predict(features) for each in self.charts_])
        runtimes: Floats = np.exp(self.shares_ @ answers)
        return runtimes

    def odds(self, features: Floats) -> list[Odds]:
        """How sure the runtime of each row of features is."""
        asked = [each.with_doubt(features) for each in self.charts_]
        runtimes, doubt = self._together(*map(list, zip(*asked, strict=True)))
        return [
            Odds(runtime, of, self.margin_)
            for runtime, of in zip(runtimes.tolist(), doubt.tolist(), strict=True)
        ]
