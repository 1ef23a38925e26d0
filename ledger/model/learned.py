"""Models that learned from a set of runs, kept by the digest of that set.

Learning takes a second, answering a millisecond. The same records give the same model, whoever
asks and however often, so it is kept under the digest of all it has seen; one record more or less
is another digest, and nothing has to be told that it is out of date.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ledger.model.blend import Blend
from ledger.model.comparable import Comparable
from ledger.model.margin import Margin
from ledger.model.odds import Odds
from ledger.model.regressor import Floats
from ledger.model.regressor import Regressor
from ledger.model.validation import cross_validated
from ledger.model.validation import mape
from ledger.model.validation import relative_margin

MOST_KEPT = 64
"""Models; one holds some megabytes at most (a matrix of 600 configurations squared)."""


class Learned(Protocol):
    """A model that knows how wrong it is."""

    @property
    def error(self) -> float:
        """Mean absolute percentage error on left-out configurations, as a fraction."""

    def odds(self, targets: Floats) -> list[Odds]:
        """How sure the runtime of each row of features is."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A model that was judged by cross-validation.

    Attributes:
        error: its mean absolute percentage error on left-out configurations, as a fraction.
    """

    error: float
    _model: Regressor
    _margin: Margin

    def odds(self, targets: Floats) -> list[Odds]:
        """See `Learned.odds`."""
        runtimes = np.maximum(self._model.predict(targets), 0.0).tolist()
        return [Odds(runtime, 1.0, self._margin) for runtime in runtimes]


@dataclass(frozen=True, slots=True)
class Blended:
    """perfledger's own model, which leaves configurations out while it learns.

    Attributes:
        error: its mean absolute percentage error on left-out configurations, as a fraction.
    """

    error: float
    _model: Blend

    def odds(self, targets: Floats) -> list[Odds]:
        """See `Learned.odds`."""
        return self._model.odds(targets)


def judge(make: Callable[[], Regressor], runs: Comparable) -> Learned:
    """Learn from runs and see how wrong that is on configurations left out."""
    model = make()
    if isinstance(model, Blend):
        model.fit(runs.X, runs.y, runs.weight)
        return Blended(mape(runs.y, model.left_out_, runs.weight), model)
    foretold = cross_validated(make, runs.X, runs.y, runs.weight, runs.groups)
    model.fit(runs.X, runs.y, runs.weight)
    margin = relative_margin(runs.y, foretold, runs.groups)
    return Judged(mape(runs.y, foretold, runs.weight), model, margin)


class Kept:
    """The models that were used last; threads may share it."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._models: OrderedDict[str, Learned] = OrderedDict()
        self._lock = threading.Lock()

    def learned(self, name: str, make: Callable[[], Regressor], runs: Comparable) -> Learned:
        """The model of a name that learned from exactly these runs."""
        key = f"{name}:{digest_of(runs)}"
        with self._lock:
            if key in self._models:
                self._models.move_to_end(key)
                return self._models[key]
        found = judge(make, runs)
        with self._lock:
            self._models[key] = found
            while len(self._models) > self._most:
                self._models.popitem(last=False)
        return found


def digest_of(runs: Comparable) -> str:
    """SHA-256 over the records a model rests on and what it sees of them."""
    digest = hashlib.sha256("\n".join(runs.names).encode())
    for observation in runs.observations:
        digest.update(observation.cid.encode())
    for part in (runs.X, runs.y, runs.weight):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
