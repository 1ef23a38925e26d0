"""The protocol of C3O's evaluation: random splits, and the mean error over them."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.prediction.c3o import Configurations
from ledger.model.blend import Blend
from ledger.model.elsewhere import Elsewhere
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
    repeats: bool = False,
) -> Score:
    """The error of a model that never sees a row it is asked about.

    Args:
        make: the model.
        rows: the configurations.
        train: how many to learn from; None: nine tenths.
        number: of splits.
        repeats: whether it learns from the repeats of each row, as a ledger has them, or from
            their median. What it is asked for is the median in any case.
    """
    errors = []
    for seen, held in splits(len(rows.y), train, number):
        model = make().fit(*_learned_from(rows, seen, repeats=repeats))
        errors.append(mape(rows.y[held], model.predict(rows.X[held])))
    return _mean(errors)


def score_with_others(
    rows: Configurations,
    others: Mapping[str, Configurations],
    *,
    train: int | None = None,
    number: int = SPLITS,
    same: bool = True,
) -> Score:
    """The error of perfledger's model where it learns from other machine types too.

    Args:
        rows: the configurations on the machine type that is asked about.
        others: those on others.
        train: how many of the first to learn from; None: nine tenths.
        number: of splits.
        same: whether the configurations that are asked for are known from other machine types; if
            not, they are left out there too.
    """
    errors = []
    for seen, held in splits(len(rows.y), train, number):
        hidden = set() if same else {tuple(row) for row in rows.X[held].tolist()}
        model = Blend(few=0, elsewhere=elsewhere(others, hidden))
        model.fit(*_learned_from(rows, seen, repeats=True))
        errors.append(mape(rows.y[held], model.predict(rows.X[held])))
    return _mean(errors)


def elsewhere(
    others: Mapping[str, Configurations], hidden: AbstractSet[tuple[float, ...]]
) -> Elsewhere | None:
    """All runs on other machine types but those of hidden configurations."""
    kept = {
        name: np.array([n for n, row in enumerate(of.X.tolist()) if tuple(row) not in hidden])
        for name, of in others.items()
    }
    places = tuple(name for name in others if len(kept[name]))
    if not places:
        return None
    parts = [_learned_from(others[name], kept[name], repeats=True) for name in places]
    runs = np.concatenate([y for _, y in parts])
    return Elsewhere(
        cids=np.array([], dtype=np.object_),
        places=places,
        place=np.repeat(np.arange(len(places)), [len(y) for _, y in parts]),
        rows=np.vstack([X for X, _ in parts]),
        y=runs,
        weight=np.ones(len(runs)),
    )


def _learned_from(rows: Configurations, seen: Places, *, repeats: bool) -> tuple[Floats, Floats]:
    if not repeats:
        return rows.X[seen], rows.y[seen]
    return np.repeat(rows.X[seen], rows.repeats.shape[1], axis=0), rows.repeats[seen].ravel()


def _mean(errors: list[float]) -> Score:
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
