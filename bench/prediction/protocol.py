"""The protocol of C3O's evaluation: random splits, and the mean error over them."""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.prediction.c3o import Configurations
from ledger.model.regressor import Floats
from ledger.model.regressor import Regressor

SEED = 2_021
SPLITS = 300
HELD_OUT = 0.1
FEW = 30
BOOTSTRAPS = 2_000

Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Score:
    """What a model did over all splits.

    Attributes:
        mape: mean over the splits of the mean absolute percentage error, in percent.
        deviation: standard error of that mean, in percentage points.
    """

    mape: float
    deviation: float


def splits(
    count: int, train: int | None = None, number: int = SPLITS
) -> Iterator[tuple[Places, Places]]:
    """Rows to learn from and rows held out, for each split.

    Args:
        count: number of configurations.
        train: how many to learn from; None: nine tenths, rounded as scikit-learn does.
        number: of splits.
    """
    learned = count - int(np.ceil(HELD_OUT * count)) if train is None else train
    for split in range(number):
        order = np.random.default_rng([SEED, split]).permutation(count)
        yield order[:learned], order[learned:]


def score(
    make: Callable[[], Regressor],
    rows: Configurations,
    *,
    train: int | None = None,
    number: int = SPLITS,
) -> Score:
    """The error of a model that never sees a row it is asked about."""
    errors = [
        mape(rows.y[held], make().fit(rows.X[seen], rows.y[seen]).predict(rows.X[held]))
        for seen, held in splits(len(rows.y), train, number)
    ]
    return Score(float(np.mean(errors)), float(np.std(errors) / np.sqrt(len(errors))))


def mape(actual: Floats, predicted: Floats) -> float:
    """Mean absolute percentage error, in percent."""
    return float(np.mean(np.abs(predicted - actual) / actual) * 100)


def noise(rows: Configurations) -> float:
    """How far the median of the repeats itself wobbles, in percent: no model can do better.

    The mean over configurations of the mean distance between the median and that of a bootstrap
    sample of the repeats.
    """
    draw = np.random.default_rng(SEED)
    count = rows.repeats.shape[1]
    chosen = draw.integers(0, count, size=(BOOTSTRAPS, count))
    wobbled = np.median(rows.repeats[:, chosen], axis=2)
    return float(np.mean(np.abs(wobbled - rows.y[:, np.newaxis]) / rows.y[:, np.newaxis]) * 100)
