"""For more configurations than a Gaussian process can hold: boosted trees around a power law.

The power law says how runtimes go with the features, trees what it misses. Training takes a time
that grows with the number of runs and not with its cube.
"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import KFold

from ledger.model.estimator import RuntimeEstimator
from ledger.model.loglinear import LogLinear
from ledger.model.regressor import Floats

FOLDS = 5


class Wide(RuntimeEstimator):
    """Boosted trees around a power law.

    Attributes:
        left_out_: runtimes of the runs, in seconds, as models without their fold foretell them.
    """

    left_out_: Floats

    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        self.left_out_ = runtimes.copy()  # one run alone is foretold by nobody else
        if len(runtimes) > 1:
            folds = KFold(min(FOLDS, len(runtimes)), shuffle=True, random_state=0)
            for seen, held in folds.split(features):
                model = _Boosted(features[seen], runtimes[seen], weight[seen])
                self.left_out_[held] = model.predict(features[held])
        self.model_ = _Boosted(features, runtimes, weight)
        missed = np.log(runtimes) - np.log(self.left_out_)
        self.noise_ = float(np.sqrt(np.average(missed**2, weights=weight)))

    def _answer(self, features: Floats) -> Floats:
        return self.model_.predict(features)

    @property
    def left_out_doubt_(self) -> Floats:
        """Standard deviation of the logarithm of `left_out_`: none that is not noise."""
        return np.zeros_like(self.left_out_)

    def doubt(self, features: Floats) -> Floats:
        """Standard deviation of the logarithm of the runtime: none that is not noise."""
        return np.zeros(len(features))

    def noise(self, runtimes: Floats) -> Floats:
        """Standard deviation of the logarithm of one run's runtime."""
        return np.full(len(runtimes), self.noise_)


class _Boosted:
    def __init__(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        self._trend = LogLinear().fit(features, runtimes, weight)
        missed = np.log(runtimes) - np.log(self._trend.predict(features))
        self._trees = HistGradientBoostingRegressor(max_iter=300, random_state=0).fit(
            features, missed, weight
        )

    def predict(self, features: Floats) -> Floats:
        seconds: Floats = self._trend.predict(features) * np.exp(self._trees.predict(features))
        return seconds
