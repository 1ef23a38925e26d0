"""What others' runs are worth to somebody with few, on clusters that may be slower than theirs.

C3O's tables are by one contributor. So two of the five repeats of a few configurations stand for
one's own runs, and the other three of half of all configurations, all slower by a factor, for those
of others. Asked for are the configurations that one did not run oneself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.prediction.c3o import JOBS
from bench.prediction.c3o import Configurations
from bench.prediction.c3o import read
from bench.prediction.protocol import SEED
from bench.prediction.protocol import mape
from ledger.model.blend import Blend
from ledger.model.columns import Codes
from ledger.model.elsewhere import Elsewhere
from ledger.model.regressor import Floats

OWN = (5, 15)
"""Configurations that one ran oneself."""

FACTORS = (1.0, 1.15, 1.5)
"""How many times as long others' runs take."""

_MINE = [0, 3]
_THEIRS = [1, 2, 4]
_MOST = 160


@dataclass(frozen=True)
class Shared:
    """Mean absolute percentage errors of one job.

    Attributes:
        job: its name.
        own: configurations that one ran oneself.
        factor: how many times as long others' runs take.
        alone: error from one's own runs.
        alike: from all runs, as if they were one's own.
        apart: from one's own, and others' told from them.
    """

    job: str
    own: int
    factor: float
    alone: float
    alike: float
    apart: float


def studies(number: int) -> Iterator[Shared]:
    """Each job with each number of own configurations and each factor.

    Args:
        number: of random draws.
    """
    for job in JOBS:
        rows = read(job)[job.machine_type]
        for own in OWN:
            for factor in FACTORS:
                draws = [_draw(rows, own, factor, seed) for seed in range(number)]
                yield Shared(job.name, own, factor, *np.mean(draws, axis=0).tolist())


def _draw(rows: Configurations, own: int, factor: float, seed: int) -> tuple[float, float, float]:
    random = np.random.default_rng((SEED, seed))
    order = random.permutation(len(rows.y))
    mine, held = order[:own], order[own:]
    theirs = random.permutation(len(rows.y))[: min(len(rows.y) // 2, _MOST)]
    my_rows, my_runs = _runs(rows, mine, _MINE)
    their_rows, their_runs = _runs(rows, theirs, _THEIRS)
    their_runs = factor * their_runs
    others = Elsewhere(
        cids=np.array([], dtype=np.object_),
        places=("others",),
        place=np.zeros(len(their_runs), dtype=np.int64),
        rows=their_rows,
        y=their_runs,
        weight=np.ones(len(their_runs)),
    )
    models = (
        Blend(few=0).fit(my_rows, my_runs),
        Blend(few=0).fit(np.vstack([my_rows, their_rows]), np.concatenate([my_runs, their_runs])),
        Blend(few=0, elsewhere=others).fit(my_rows, my_runs),
    )
    alone, alike, apart = (mape(rows.y[held], each.predict(rows.X[held])) for each in models)
    return alone, alike, apart


def _runs(rows: Configurations, chosen: Codes, repeats: list[int]) -> tuple[Floats, Floats]:
    """Some repeats of some configurations, one row each."""
    features: Floats = np.repeat(rows.X[chosen], len(repeats), axis=0)
    return features, rows.repeats[np.ix_(chosen, repeats)].ravel()
