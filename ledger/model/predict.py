"""How long a run will take, and which records say so."""

import math
from collections import defaultdict
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
from ledger.model.machines import Difference
from ledger.model.machines import Others
from ledger.model.machines import difference
from ledger.model.machines import nobody
from ledger.model.machines import with_cores
from ledger.model.observation import Observation
from ledger.model.observation import Query
from ledger.model.odds import Odds
from ledger.model.prediction import Prediction
from ledger.model.refusal import MIN_CONFIGURATIONS
from ledger.model.refusal import TooFewRecordsError
from ledger.model.regressor import Regressor
from ledger.model.relevance import TooFarError

BLEND = "blend"

CLEARLY = 1.5
"""By which factor the error of a formula has to exceed that of surfaces."""


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
    notes: tuple[str, ...]

    @property
    def rank(self) -> float:
        """An error estimated from few configurations is less certain.

        Where runs lie on a grid, one that is left out has neighbours on every level; what lies
        between the levels is a formula's strength, so a surface has to be clearly better.
        """
        rank = (self.learned.error + 0.01) * (1 + 1 / self.candidate.runs.configurations)
        return rank * CLEARLY if self.candidate.name == BLEND else rank


def predict(
    records: Sequence[Observation] | Known,
    query: Query,
    *,
    kept: Kept | None = None,
    others: Others = nobody,
) -> Prediction:
    """Predict the runtime of a run from records of others.

    Of several models, each over the runs that suit it, the one with the smallest error on
    configurations that were left out is used; the interval comes from its errors there.

    Args:
        records: what is known.
        query: the run.
        kept: models of earlier predictions, which are used again where the records are the same.
        others: runs of other jobs on a machine type that this one hardly ran on.

    Raises:
        TooFewRecordsError: fewer than `MIN_CONFIGURATIONS` comparable configurations are known.
        TooFarError: the run is more than `ledger.model.relevance.FARTHEST` times away from
            all of them.
    """
    (found,) = predict_many(records, [query], kept=kept, others=others)
    if not isinstance(found, Prediction):
        raise found
    return found


def predict_many(
    records: Sequence[Observation] | Known,
    queries: Iterable[Query],
    *,
    kept: Kept | None = None,
    others: Others = nobody,
) -> list[Prediction | TooFewRecordsError | TooFarError]:
    """Predict many runs from the same records, which are sorted out once per kind of question.

    Args:
        records: what is known.
        queries: the runs.
        kept: as for `predict`.
        others: as for `predict`.

    Returns:
        For each run, in their order, the prediction, or the error by which it was refused.
    """
    models = kept or Kept()
    known = records if isinstance(records, Known) else models.known(records)
    asked = [with_cores(query, known.runs(query.job), others) for query in queries]
    chosen = [_best(known, query, models) for query in asked]
    apart = _Apart(known, others)
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for place, best in enumerate(chosen):
        if isinstance(best, _Scored):
            alike[id(best.learned)].append(place)
    found: list[Prediction | TooFewRecordsError | TooFarError | None] = [
        None if isinstance(best, _Scored) else best for best in chosen
    ]
    for places in alike.values():
        scored = [best for best in (chosen[place] for place in places) if isinstance(best, _Scored)]
        targets = np.concatenate([each.candidate.runs.target for each in scored])
        odds = scored[0].learned.odds(targets)
        for place, best, sure in zip(places, scored, odds, strict=True):
            found[place] = _told(best, sure, apart.of(asked[place], best.candidate.runs.types))
    return [each for each in found if each is not None]


def _best(known: Known, query: Query, models: Kept) -> "_Scored | TooFewRecordsError | TooFarError":
    """The model that answers a question, or the refusal."""
    try:
        runs = comparable(known.basis(query), query)
    except (TooFewRecordsError, TooFarError) as refusal:
        return refusal
    return min(
        (
            _Scored(each, models.learned(each.name, each.make, each.runs, each.also), runs.notes)
            for each in _candidates(runs)
        ),
        key=lambda scored: scored.rank,
    )


class _Apart:
    """How machine types differ beyond their cores, each found out once."""

    def __init__(self, known: Known, others: Others) -> None:
        self._known = known
        self._others = others
        self._found: dict[tuple[str, str | None, tuple[str, ...]], Difference] = {}

    def of(self, query: Query, types: tuple[str, ...]) -> Difference | None:
        """From the types of runs that are compared by their cores; None: they are not."""
        if not types:
            return None
        key = query.job, query.machine_type, types
        if key not in self._found:
            own = self._known.runs(query.job)
            self._found[key] = difference(query.machine_type, types, own, self._others)
        return self._found[key]


def _told(best: _Scored, odds: Odds, apart: Difference | None) -> Prediction:
    chosen = best.candidate.runs
    cids, notes = chosen.cids.tolist(), list(best.notes)
    if best.candidate.also is not None and best.learned.uses_elsewhere:
        cids += best.candidate.also.cids.tolist()
        notes.append(f"learned from runs on {', '.join(best.candidate.also.places)} too")
    if apart is not None:
        odds = odds.times(apart.logarithm, apart.doubt)
        cids = list(dict.fromkeys([*cids, *apart.cids]))
        notes += _differences(apart)
    return Prediction(
        odds=odds,
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


def _differences(apart: Difference) -> list[str]:
    if not apart.ratios:
        return []
    least, most = min(apart.ratios.values()), max(apart.ratios.values())
    told = f"{least:.2f}" if least == most else f"{least:.2f} to {most:.2f}"
    took = f"{', '.join(apart.ratios)} took {told} times as long there as cores say"
    return [f"{took}; {math.exp(apart.logarithm):.2f} is assumed"]


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
