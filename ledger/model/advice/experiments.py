"""What to run next to learn most about the clusters in question.

A run on one cluster says something about runs on others. How much is for a Gaussian process over
the known runs to say (`ledger.model.surface`), whose doubt does not depend on what the new run will
measure. A run is worth the information that is expected of it, in bits, about the runtime on each
cluster in question; with a smaller input it tells less, and costs less.

Source: Krause, Singh and Guestrin, Near-Optimal Sensor Placements in Gaussian Processes, JMLR 2008
(greedy choice by mutual information); Cover and Thomas, Elements of Information Theory, 2006,
section 8.5 (that of two normal variables).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

import numpy as np

from ledger.model.advice.clusters import Cluster
from ledger.model.advice.recommend import Recommendation
from ledger.model.advice.recommend import run_on
from ledger.model.advice.wishes import TRIALS
from ledger.model.columns import is_number
from ledger.model.comparable import Comparable
from ledger.model.comparable import comparable
from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.machines import Others
from ledger.model.machines import nobody
from ledger.model.observation import Query
from ledger.model.predict import predict_many
from ledger.model.prediction import Prediction
from ledger.model.regressor import Floats
from ledger.model.repeats import repeated
from ledger.model.surface import Surface

SHARES = (0.5, 0.25, 0.1)
"""Of the input: people try a job on a part of it."""

MOST_CONFIGURATIONS = 300
"""That one process is over; of more, those nearest to the question are taken."""

MOST_CANDIDATES = 400
"""Of one process: what is not known of them together is a matrix of their number squared."""

_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Experiment:
    """A run that is worth making.

    Attributes:
        cluster: where.
        size_bytes: of its input; None: nothing is known of sizes.
        bits: expected information about the runtime on each cluster in question, on average.
        seconds: how long it will take, as far as is known.
        cost: what it will cost; None: its machine type has no price.
    """

    cluster: Cluster
    size_bytes: int | None
    bits: float
    seconds: float
    cost: float | None


@dataclass(frozen=True, slots=True)
class _Candidate:
    cluster: Cluster
    query: Query
    runs: Comparable
    seconds: float
    apart: float
    in_question: bool


def experiments(
    known: Known,
    query: Query,
    found: Recommendation,
    *,
    count: int = TRIALS,
    kept: Kept | None = None,
    others: Others = nobody,
) -> list[Experiment]:
    """The runs that would tell most, each beside those before it.

    Args:
        known: what is known.
        query: the run that was asked about.
        found: its recommendation, the options of which are in question.
        count: how many runs to name.
        kept: models of earlier predictions.
        others: runs of other jobs, as the recommendation had them.
    """
    by_runs: defaultdict[str, list[_Candidate]] = defaultdict(list)
    for each in _candidates(known, query, found, kept or Kept(), others):
        by_runs[each.runs.digest].append(each)
    fields = [_Field(_some(each)) for each in by_runs.values()]
    chosen = []
    for _ in range(count):
        best = max(fields, key=lambda field: field.most)
        if best.most <= 0:
            break
        candidate, bits = best.taken()
        chosen.append(
            Experiment(
                cluster=candidate.cluster,
                size_bytes=candidate.query.size_bytes,
                bits=bits / len(found.options),
                seconds=candidate.seconds,
                cost=found.tariff.cost(candidate.cluster, candidate.seconds),
            )
        )
    return chosen


def _candidates(
    known: Known, query: Query, found: Recommendation, kept: Kept, others: Others
) -> list[_Candidate]:
    """Every option, with the whole input and with parts of it."""
    whole = [(each.cluster, query, each.prediction.odds) for each in found.options]
    asked = [(each.cluster, part) for part in _parts(query) for each in found.options]
    answers = predict_many(known, [run_on(*each) for each in asked], kept=kept, others=others)
    parts = [
        (*each, answer.odds)
        for each, answer in zip(asked, answers, strict=True)
        if isinstance(answer, Prediction)
    ]
    return [
        _Candidate(
            cluster=cluster,
            query=(run := run_on(cluster, part)),
            runs=comparable(known.basis(run), run),
            seconds=odds.runtime_seconds,
            apart=odds.apart,
            in_question=part is query,
        )
        for cluster, part, odds in (*whole, *parts)
    ]


def _some(candidates: Sequence[_Candidate]) -> Sequence[_Candidate]:
    """At most `MOST_CANDIDATES`, those in question first, evenly thinned out."""
    ranked = sorted(candidates, key=lambda each: not each.in_question)
    step = max(1, -(-len(ranked) // MOST_CANDIDATES))
    return ranked[::step]


def _parts(query: Query) -> list[Query]:
    """The run with parts of its input, where its size is all there is to say of that."""
    if query.size_bytes is None or any(map(is_number, query.characteristics.values())):
        return []
    return [replace(query, size_bytes=int(query.size_bytes * share)) for share in SHARES]


class _Field:
    """Candidates that the same runs speak of, and what is not known of their runtimes.

    Attributes:
        bits: of each candidate, the information about all that are in question.
    """

    bits: Floats

    def __init__(self, candidates: Sequence[_Candidate]) -> None:
        self._candidates = candidates
        targets = np.concatenate([each.runs.target for each in candidates])
        surface = _surface(candidates[0].runs, targets)
        self._covariance = surface.covariance(targets) + _shared(candidates)
        self._noise = surface.noise(np.array([each.seconds for each in candidates])) ** 2
        self._in_question = np.array([each.in_question for each in candidates])
        self._weigh()

    @property
    def most(self) -> float:
        """What the best candidate would tell."""
        return float(self.bits.max())

    def taken(self) -> tuple[_Candidate, float]:
        """The best candidate and what it tells; the others tell less after it."""
        best = int(np.argmax(self.bits))
        bits = float(self.bits[best])
        shared = self._covariance[best]
        told = np.outer(shared, shared) / (shared[best] + self._noise[best])
        self._covariance = self._covariance - told
        self._weigh()
        return self._candidates[best], bits

    def _weigh(self) -> None:
        variance = np.maximum(np.diag(self._covariance), _LEAST_VARIANCE)
        asked = self._in_question
        correlation = self._covariance[asked] ** 2 / np.outer(
            variance[asked], variance + self._noise
        )
        self.bits = -0.5 * np.log2(np.clip(1 - correlation, _LEAST_VARIANCE, 1)).sum(axis=0)


def _shared(candidates: Sequence[_Candidate]) -> Floats:
    """What all runs on one machine type share where nobody knows how it differs from others."""
    types = np.array([each.cluster.machine_type for each in candidates])
    apart = np.array([each.apart for each in candidates])
    shared: Floats = np.where(types[:, np.newaxis] == types, np.outer(apart, apart), 0.0)
    return shared


def _surface(runs: Comparable, targets: Floats) -> Surface:
    rows = runs.rows
    known = repeated(runs.y, runs.weight, runs.groups, len(rows))
    middle, weight = known.centre, known.weight
    if len(rows) > MOST_CONFIGURATIONS:
        spread = np.maximum(rows.std(axis=0), _LEAST_VARIANCE)
        away = (((rows - targets.mean(axis=0)) / spread) ** 2).sum(axis=1)
        near = np.sort(np.argsort(away, kind="stable")[:MOST_CONFIGURATIONS])
        rows, middle, weight = rows[near], middle[near], weight[near]
    return Surface(slopes=False).fit(rows, middle, weight)
