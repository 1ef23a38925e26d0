"""Models that learned from a set of runs, kept by the digest of that set.

Learning takes a second, answering a millisecond. The same records give the same model, whoever
asks and however often, so it is kept under the digest of all it has seen; one record more or less
is another digest, and nothing has to be told that it is out of date.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ledger.errors import UnavailableError
from ledger.model.blend import Blend
from ledger.model.comparable import Comparable
from ledger.model.elsewhere import Elsewhere
from ledger.model.known import Known
from ledger.model.known import digest_of
from ledger.model.margin import Margin
from ledger.model.observation import Observation
from ledger.model.odds import Odds
from ledger.model.regressor import Floats
from ledger.model.regressor import Regressor
from ledger.model.validation import cross_validated
from ledger.model.validation import mape
from ledger.model.validation import relative_margin

MOST_KNOWN = 4
"""Sets of records that are kept sorted out."""

MOST_KEPT = 64
"""Models; one holds some megabytes at most (a matrix of 600 configurations squared)."""

WORTH_KEEPING = 0.1
"""Seconds of learning; what took less is learned again as quickly as it is read from a disk."""


class BusyError(UnavailableError):
    """Models are being learned, and it is not the turn of this one yet."""


class Learned(Protocol):
    """A model that knows how wrong it is."""

    @property
    def error(self) -> float:
        """Mean absolute percentage error on left-out configurations, as a fraction."""

    @property
    def uses_elsewhere(self) -> bool:
        """Whether it rests on runs on other machine types too."""

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

    @property
    def uses_elsewhere(self) -> bool:
        """Whether it rests on runs on other machine types too."""
        return False

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

    @property
    def uses_elsewhere(self) -> bool:
        """Whether it rests on runs on other machine types too."""
        return any(chart.columns for chart in self._model.charts_)

    def odds(self, targets: Floats) -> list[Odds]:
        """See `Learned.odds`."""
        return self._model.odds(targets)

    def begin(self, model: Blend) -> None:
        """Let another model of nearly the same runs begin where this one ended."""
        model.beginning_at(self._model)


def judge(
    make: Callable[[], Regressor], runs: Comparable, earlier: Learned | None = None
) -> Learned:
    """Learn from runs and see how wrong that is on configurations left out.

    Args:
        make: the model.
        runs: the runs.
        earlier: a model of nearly the same runs, if there is one.
    """
    model = make()
    if isinstance(model, Blend):
        if isinstance(earlier, Blended):
            earlier.begin(model)
        model.fit(runs.X, runs.y, runs.weight)
        return Blended(mape(runs.y, model.left_out_, runs.weight), model)
    foretold = cross_validated(make, runs.X, runs.y, runs.weight, runs.groups)
    model.fit(runs.X, runs.y, runs.weight)
    margin = relative_margin(runs.y, foretold, runs.groups)
    return Judged(mape(runs.y, foretold, runs.weight), model, margin)


class Store(Protocol):
    """Where models outlive the process."""

    def get(self, key: str) -> Learned | None:
        """The model of a key, if it is there."""

    def put(self, key: str, learned: Learned) -> None:
        """Keep a model under a key."""


class Kept:
    """The models and records that were used last; threads may share it.

    Args:
        store: where models are looked for that are not in memory, and written that took a while.
        most: how many are held in memory.
        patience: seconds to wait while other models are learned, one after the other; None: as
            long as it takes.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        most: int = MOST_KEPT,
        patience: float | None = None,
    ) -> None:
        self._store = store
        self._most = most
        self._patience = -1.0 if patience is None else patience
        self._turn = threading.Lock()
        self._models: OrderedDict[str, Learned] = OrderedDict()
        self._latest: OrderedDict[str, Learned] = OrderedDict()
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, records: Sequence[Observation]) -> Known:
        """These records, sorted out once."""
        digest = digest_of(records)
        with self._lock:
            known = self._known.pop(digest, None) or Known(records)
            self._known[digest] = known
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
            return known

    def models(self) -> dict[str, Learned]:
        """The models in memory by their keys."""
        with self._lock:
            return dict(self._models)

    def learned(
        self,
        name: str,
        make: Callable[[], Regressor],
        runs: Comparable,
        also: Elsewhere | None = None,
    ) -> Learned:
        """The model of a name that learned from exactly these runs.

        Args:
            name: the name.
            make: the model.
            runs: the runs.
            also: runs elsewhere that the model was given.

        Raises:
            BusyError: others are learned, and that takes longer than the patience.
        """
        key = f"{name}:{runs.digest}" + (f":{also.digest}" if also else "")
        found = self._in_memory(key)
        if found is not None:
            return found
        if not self._turn.acquire(timeout=self._patience):
            raise BusyError(
                "other models are being learned", hint="Ask again in a moment: they are kept."
            )
        try:
            found = self._in_memory(key) or self._learned(name, key, make, runs)
        finally:
            self._turn.release()
        with self._lock:
            self._models[key] = self._latest[f"{name}:{runs.kind}"] = found
            for models in (self._models, self._latest):
                while len(models) > self._most:
                    models.popitem(last=False)
        return found

    def _in_memory(self, key: str) -> Learned | None:
        with self._lock:
            if key in self._models:
                self._models.move_to_end(key)
            return self._models.get(key)

    def _learned(
        self, name: str, key: str, make: Callable[[], Regressor], runs: Comparable
    ) -> Learned:
        """The model out of the store, or learned and put there if that took a while."""
        found = self._store.get(key) if self._store else None
        if found is not None:
            return found
        with self._lock:
            earlier = self._latest.get(f"{name}:{runs.kind}")
        began = time.perf_counter()
        found = judge(make, runs, earlier)
        if self._store and time.perf_counter() - began > WORTH_KEEPING:
            self._store.put(key, found)
        return found
