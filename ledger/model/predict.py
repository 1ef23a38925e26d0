"""How long a run will take, and which records say so."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ledger.model.blend import Blend
from ledger.model.comparable import Comparable
from ledger.model.comparable import comparable
from ledger.model.elsewhere import Elsewhere
from ledger.model.ernest import Ernest
from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.learned import Learned
from ledger.model.loglinear import LogLinear
from ledger.model.observation import Observation
from ledger.model.observation import Query
from ledger.model.odds import Odds
from ledger.model.refusal import MIN_CONFIGURATIONS
from ledger.model.refusal import TooFewRecordsError
from ledger.model.regressor import Regressor
from ledger.model.relevance import TooFarError

LEVEL = 0.9
"""Of intervals where nobody asks for another."""

BLEND = "blend"

CLEARLY = 1.5
"""By which factor the error of a formula has to exceed that of surfaces."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A predicted runtime, and why to believe it.

    Attributes:
        odds: how sure the runtime is, at any level and for any deadline.
        model: name of the model.
        error: its cross-validated mean absolute percentage error, as a fraction.
        configurations: number of distinct configurations it learned from.
        cids: names of the records it learned from.
        notes: what was assumed or left out.
    """

    odds: Odds
    model: str
    error: float
    configurations: int
    cids: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def runtime_seconds(self) -> float:
        """The runtime."""
        return self.odds.runtime_seconds

    @property
    def lower_seconds(self) -> float:
        """Lower end of the interval."""
        return self.odds.between(LEVEL)[0]

    @property
    def upper_seconds(self) -> float:
        """Upper end of the interval."""
        return self.odds.between(LEVEL)[1]

    @property
    def level(self) -> float:
        """Share of runs the interval is expected to hold; below 0.9 if configurations are few."""
        return self.odds.between(LEVEL)[2]

    @property
    def records(self) -> int:
        """Number of records it learned from."""
        return len(self.cids)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A model with the runs it learns from."""

    name: str
    make: Callable[[], Regressor]
    runs: Comparable
    also: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class _Scored:
    candidate: _Candidate
    learned: Learned

    @property
    def rank(self) -> float:
        """An error estimated from few configurations is less certain.

        Where runs lie on a grid, one that is left out has neighbours on every level; what lies
        between the levels is a formula's strength, so a surface has to be clearly better.
        """
        rank = (self.learned.error + 0.01) * (1 + 1 / self.candidate.runs.configurations)
        return rank * CLEARLY if self.candidate.name == BLEND else rank


def predict(
    records: Sequence[Observation] | Known, query: Query, *, kept: Kept | None = None
) -> Prediction:
    """Predict the runtime of a run from records of others.

    Of several models, each over the runs that suit it, the one with the smallest error on
    configurations that were left out is used; the interval comes from its errors there.

    Args:
        records: what is known.
        query: the run.
        kept: models of earlier predictions, which are used again where the records are the same.

    Raises:
        TooFewRecordsError: fewer than `MIN_CONFIGURATIONS` comparable configurations are known.
        TooFarError: the run is more than `ledger.model.relevance.FARTHEST` times away from
            all of them.
    """
    models = kept or Kept()
    known = records if isinstance(records, Known) else models.known(records)
    return _answer(known, query, models)


def predict_many(
    records: Sequence[Observation] | Known,
    queries: Iterable[Query],
    *,
    kept: Kept | None = None,
) -> list[Prediction | TooFewRecordsError | TooFarError]:
    """Predict many runs from the same records, which are sorted out once per kind of question.

    Args:
        records: what is known.
        queries: the runs.
        kept: as for `predict`.

    Returns:
        For each run, in their order, the prediction, or the error by which it was refused.
    """
    models = kept or Kept()
    known = records if isinstance(records, Known) else models.known(records)
    found: list[Prediction | TooFewRecordsError | TooFarError] = []
    for query in queries:
        try:
            found.append(_answer(known, query, models))
        except (TooFewRecordsError, TooFarError) as refusal:
            found.append(refusal)
    return found


def _answer(known: Known, query: Query, models: Kept) -> Prediction:
    runs = comparable(known.basis(query), query)
    best = min(
        (
            _Scored(each, models.learned(each.name, each.make, each.runs, each.also))
            for each in _candidates(runs)
        ),
        key=lambda scored: scored.rank,
    )
    chosen = best.candidate.runs
    cids, notes = chosen.cids.tolist(), list(runs.notes)
    if best.candidate.also is not None and best.learned.uses_elsewhere:
        cids += best.candidate.also.cids.tolist()
        notes.append(f"learned from runs on {', '.join(best.candidate.also.places)} too")
    return Prediction(
        odds=best.learned.odds(chosen.target)[0],
        model=best.candidate.name,
        error=best.learned.error,
        configurations=chosen.configurations,
        cids=tuple(cids),
        notes=(*notes, *_extrapolations(chosen)),
    )


def _candidates(runs: Comparable) -> list[_Candidate]:
    """Ernest knows only size and scale-out, so it learns where everything else is equal."""
    equal_parameters = runs.equal_in("job.parameters.")
    views = (equal_parameters, equal_parameters.equal_in("input.characteristics."))
    candidates = [_Candidate("log-linear", LogLinear, runs)]
    for view in views:
        if view.configurations >= MIN_CONFIGURATIONS:
            candidates += [
                _Candidate("ernest", Ernest, view),
                _Candidate("log-linear", LogLinear, view),
            ]
    blend = _Candidate(BLEND, partial(Blend, elsewhere=runs.elsewhere), runs, also=runs.elsewhere)
    return [*candidates, blend]


def _extrapolations(runs: Comparable) -> list[str]:
    notes = []
    for column in range(len(runs.names)):
        known, asked = runs.rows[:, column], runs.target[0, column]
        low, high = np.min(known), np.max(known)
        if not low <= asked <= high:
            notes.append(
                f"extrapolated: {runs.names[column]} = {asked:g} lies outside the known runs "
                f"({low:g} to {high:g})"
            )
    return notes
