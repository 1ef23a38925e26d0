"""C3O's predictor: of several models that which was best in cross-validation.

Source: Will et al., C3O: Collaborative Cluster Configuration Optimization for Distributed Data
Processing in Public Clouds, IC2E 2021, section on the selection of models.
"""

from collections.abc import Callable
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from sklearn.model_selection import KFold
from sklearn.model_selection import LeaveOneOut

from ledger.model.boosting import Boosting
from ledger.model.ernest import Ernest
from ledger.model.estimator import RuntimeEstimator
from ledger.model.optimistic import BasicOptimistic
from ledger.model.optimistic import OptimisticBoosting
from ledger.model.regressor import Floats

CANDIDATES: Mapping[str, Callable[[], RuntimeEstimator]] = MappingProxyType(
    {
        "BOM": BasicOptimistic,
        "OGB": OptimisticBoosting,
        "GBM": Boosting,
        "Ernest": Ernest,
    }
)
"""The models that C3O chooses from, by their names in its tables."""


class C3O(RuntimeEstimator):
    """The candidate with the smallest mean absolute error in cross-validation.

    Args:
        folds: number of folds; 0: each run is left out alone, as C3O does.

    Attributes:
        chosen_: name of the candidate.
        model_: the candidate, fitted to all runs.
    """

    chosen_: str
    model_: RuntimeEstimator

    def __init__(self, *, folds: int = 0) -> None:
        self.folds = folds

    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        errors = {
            name: self._error(make, features, runtimes, weight) for name, make in CANDIDATES.items()
        }
        self.chosen_ = min(errors, key=errors.__getitem__)
        self.model_ = CANDIDATES[self.chosen_]().fit(features, runtimes, weight)

    def _answer(self, features: Floats) -> Floats:
        return self.model_.predict(features)

    def _error(
        self,
        make: Callable[[], RuntimeEstimator],
        features: Floats,
        runtimes: Floats,
        weight: Floats,
    ) -> float:
        """Mean absolute error in seconds, on runs that were left out."""
        if len(runtimes) == 1:
            return 0.0
        few = self.folds == 0 or self.folds > len(runtimes)
        folds = LeaveOneOut() if few else KFold(self.folds, shuffle=True, random_state=0)
        missed = np.empty(len(runtimes))
        for seen, held in folds.split(features):
            model = make().fit(features[seen], runtimes[seen], weight[seen])
            missed[held] = np.abs(model.predict(features[held]) - runtimes[held])
        return float(np.average(missed, weights=weight))
