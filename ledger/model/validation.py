"""How wrong a model is on runs it has not seen."""

from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ledger.model.margin import Margin
from ledger.model.regressor import Floats
from ledger.model.regressor import Regressor

Groups = Sequence[int] | npt.NDArray[np.int64]

MAX_FOLDS = 10

_LEAST_SECONDS = 1e-9


def cross_validated(
    make: Callable[[], Regressor],
    X: Floats,  # noqa: N803
    y: Floats,
    weight: Floats,
    groups: Groups,
) -> Floats:
    """Predictions for every run by models that have seen no run of its configuration.

    Repeats of a configuration are left out together: a model that has seen four of five repeats
    would look as good as their noise. One configuration at a time up to `MAX_FOLDS` of them, above
    that in so many folds; which ones fold together depends on nothing but their order.
    """
    folds = np.unique(np.asarray(groups), return_inverse=True)[1] % MAX_FOLDS
    predicted = np.empty(len(y))
    for fold in set(folds.tolist()):
        held = folds == fold
        model = make().fit(X[~held], y[~held], weight[~held])
        predicted[held] = model.predict(X[held])
    return np.maximum(predicted, _LEAST_SECONDS)


def mape(actual: Floats, predicted: Floats, weight: Floats) -> float:
    """Mean absolute percentage error, as a fraction."""
    return float(np.average(np.abs(predicted - actual) / actual, weights=weight))


def relative_margin(actual: Floats, predicted: Floats, groups: Groups) -> Margin:
    """How far runtimes stay around their predictions, as logarithms.

    A split-conformal quantile of the absolute logarithmic residuals, over configurations: the
    repeats of one share the model's error there, so they count once, by the largest.

    Source: Vovk et al., Algorithmic Learning in a Random World, 2005; Lei et al., JASA 2018.
    """
    _, places = np.unique(np.asarray(groups), return_inverse=True)
    largest = np.zeros(int(places.max()) + 1)
    np.maximum.at(largest, places, np.abs(np.log(actual) - np.log(predicted)))
    return Margin(largest, np.ones_like(largest), len(largest))
