"""Gradient boosting of regression trees, with the parameters of C3O.

Trees ask only whether a feature is above a threshold, so nothing needs to be scaled. They answer
with runtimes of the leaves they learned, and so never extrapolate.

Source: Friedman, Greedy Function Approximation: A Gradient Boosting Machine, Annals of Statistics
2001; Will et al., C3O: Collaborative Cluster Configuration Optimization for Distributed Data
Processing in Public Clouds, IC2E 2021.
"""

from sklearn.ensemble import GradientBoostingRegressor

from ledger.model.estimator import RuntimeEstimator
from ledger.model.regressor import Floats


class Boosting(RuntimeEstimator):
    """C3O's GBM.

    Args:
        learning_rate: share of each tree that counts.
        n_estimators: number of trees.
        random_state: seed for ties between equally good splits.
    """

    model_: GradientBoostingRegressor

    def __init__(
        self, *, learning_rate: float = 0.1, n_estimators: int = 1_000, random_state: int = 0
    ) -> None:
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.random_state = random_state

    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        self.model_ = GradientBoostingRegressor(
            learning_rate=self.learning_rate,
            n_estimators=self.n_estimators,
            random_state=self.random_state,
        ).fit(features, runtimes, weight)

    def _answer(self, features: Floats) -> Floats:
        answer: Floats = self.model_.predict(features)
        return answer
