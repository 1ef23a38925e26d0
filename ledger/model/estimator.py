"""What every model of runtimes has in common: it is an estimator of scikit-learn.

So models can be cloned, put into pipelines, searched over and cross-validated with scikit-learn's
own means, and scikit-learn's own checks hold for them.

Source: scikit-learn, Developing scikit-learn estimators.
"""

from abc import abstractmethod
from typing import Any
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.base import RegressorMixin
from sklearn.utils.validation import _check_sample_weight
from sklearn.utils.validation import check_is_fitted
from sklearn.utils.validation import check_non_negative
from sklearn.utils.validation import validate_data

from ledger.model.regressor import Floats


class RuntimeEstimator(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A `Regressor` whose subclasses only say how they learn and what they answer.

    Rows of features are size, scale-out and further features (see `Regressor`), none of them
    negative; runtimes are positive seconds.
    """

    def fit(self, X: Floats, y: Floats, sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn; see `Regressor.fit`."""
        features, runtimes = validate_data(
            self, X, y, y_numeric=True, dtype=np.float64, ensure_min_features=2
        )
        check_non_negative(features, type(self).__name__)
        weight = _check_sample_weight(sample_weight, features, dtype=np.float64)
        counts = weight > 0
        if not counts.any():
            raise ValueError("no run has a weight above zero")
        known = np.asarray(runtimes, dtype=np.float64)
        self._learn(features[counts], known[counts], weight[counts])
        return self

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Runtimes in seconds; see `Regressor.predict`."""
        check_is_fitted(self)
        return self._answer(validate_data(self, X, reset=False, dtype=np.float64))

    def __sklearn_tags__(self) -> Any:
        """Inputs are not negative and runtimes are positive."""
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.target_tags.positive_only = True
        return tags

    @abstractmethod
    def _learn(self, features: Floats, runtimes: Floats, weight: Floats) -> None:
        """Set attributes that end in an underscore, as scikit-learn calls what was learned."""

    @abstractmethod
    def _answer(self, features: Floats) -> Floats:
        """Runtimes in seconds."""
