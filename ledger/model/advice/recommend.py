"""Which cluster a job should run on."""

import math
from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

from ledger.errors import NotFoundError
from ledger.insight.cost import pareto
from ledger.model.advice.clusters import Cluster
from ledger.model.advice.clusters import clusters_of
from ledger.model.advice.conditions import Conditions
from ledger.model.advice.pricing import Tariff
from ledger.model.advice.pricing import Unit
from ledger.model.advice.pricing import tariff_of
from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.machines import Others
from ledger.model.machines import nobody
from ledger.model.observation import Observation
from ledger.model.observation import Query
from ledger.model.predict import predict_many
from ledger.model.prediction import Prediction


class NoOptionError(NotFoundError):
    """There is no cluster of which a runtime can be foretold."""


@dataclass(frozen=True, slots=True)
class Option:
    """A cluster with what a run on it takes.

    Attributes:
        cluster: the cluster.
        prediction: of its runtime.
        cost: of a run of the predicted runtime; None: its machine type has no price.
        sure_seconds: within which a run ends with the confidence that was asked for; None: so few
            runs are known that it cannot be claimed.
        sure_cost: of a run that takes so long.
        chance: probability that it keeps the deadline and the budget.
        keeps: whether that is at least the confidence.
        on_front: whether no other option is at once as cheap and as fast, and better in one.
    """

    cluster: Cluster
    prediction: Prediction
    cost: float | None
    sure_seconds: float | None
    sure_cost: float | None
    chance: float
    keeps: bool
    on_front: bool = False


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Which cluster to choose, of which ones, and why.

    Attributes:
        conditions: what was asked for.
        tariff: how costs are counted.
        options: every cluster of which a runtime can be foretold, the cheapest first.
        choice: the fastest within a budget where only a budget is given; else the cheapest that
            keeps the conditions; None: no option does.
        cheapest: the cheapest option that keeps the conditions.
        fastest: the fastest option that keeps them.
        likeliest: the option that keeps them most probably.
        notes: what was assumed or left out.
    """

    conditions: Conditions
    tariff: Tariff
    options: tuple[Option, ...]
    choice: Option | None
    cheapest: Option | None
    fastest: Option | None
    likeliest: Option
    notes: tuple[str, ...]

    @property
    def unit(self) -> Unit:
        """Of all costs."""
        return self.tariff.unit

    @property
    def front(self) -> tuple[Option, ...]:
        """The options that no other beats in cost and runtime, the cheapest first."""
        return tuple(each for each in self.options if each.on_front)


def recommend(
    records: Sequence[Observation] | Known,
    query: Query,
    conditions: Conditions | None = None,
    *,
    prices: Mapping[str, float] | None = None,
    machine_types: Sequence[str] = (),
    nodes: Sequence[int] = (),
    kept: Kept | None = None,
    others: Others = nobody,
) -> Recommendation:
    """Choose the cluster of a run from records of others.

    Args:
        records: what is known.
        query: the run; its nodes, machine type and cores are not looked at.
        conditions: what it has to keep.
        prices: US dollars for an hour of one node by machine type; without any, costs are
            core-hours, or node-hours where the cores of a machine type are not known.
        machine_types: those that may be chosen; none: all that the job ran on.
        nodes: scale-outs that may be chosen; none: those between which it ran.
        kept: models of earlier predictions.
        others: runs of other jobs on machine types that this one hardly ran on.

    Raises:
        NoOptionError: no cluster is known, or of none a runtime can be foretold.
    """
    wanted = conditions or Conditions()
    models = kept or Kept()
    known = records if isinstance(records, Known) else models.known(records)
    own = known.runs(query.job)
    clusters = clusters_of(own, machine_types=machine_types, nodes=nodes, others=others)
    if not clusters:
        raise NoOptionError(
            f"no cluster is known that ran {query.job!r}",
            hint="Contribute runs of it that name their machine type, or name machine types.",
        )
    tariff = tariff_of(clusters, prices or {})
    foretold, notes = _foretold(known, query, clusters, models, others)
    options = _ranked([_option(each, found, tariff, wanted) for each, found in foretold.items()])
    unpriced = sorted({each.cluster.machine_type for each in options if each.cost is None})
    if unpriced:
        notes.append(f"no price was given for {', '.join(unpriced)}: they are not chosen")
    highest = max(each.prediction.odds.highest for each in options)
    if highest < wanted.confidence:
        notes.append(
            f"so few configurations are known that no confidence above {highest:.0%} can be claimed"
        )
    keeping = [each for each in options if each.keeps and each.cost is not None]
    cheapest = keeping[0] if keeping else None
    fastest = min(keeping, key=lambda each: each.prediction.runtime_seconds, default=None)
    by_budget = wanted.budget is not None and wanted.deadline_seconds is None
    return Recommendation(
        conditions=wanted,
        tariff=tariff,
        options=tuple(options),
        choice=fastest if by_budget else cheapest,
        cheapest=cheapest,
        fastest=fastest,
        likeliest=max(options, key=lambda each: each.chance),
        notes=tuple(notes),
    )


def _foretold(
    known: Known, query: Query, clusters: Sequence[Cluster], kept: Kept, others: Others
) -> tuple[dict[Cluster, Prediction], list[str]]:
    """A prediction for each cluster that has one; and what there is to say about the others."""
    asked = [run_on(each, query) for each in clusters]
    answers = predict_many(known, asked, kept=kept, others=others)
    found: dict[Cluster, Prediction] = {}
    refused: dict[str, NotFoundError] = {}
    for cluster, answer in zip(clusters, answers, strict=True):
        if isinstance(answer, Prediction):
            found[cluster] = answer
        else:
            refused[cluster.machine_type] = answer
    if not found:
        name, why = next(iter(refused.items()))
        raise NoOptionError(f"no runtime can be foretold; on {name}: {why}", hint=why.hint)
    without = refused.keys() - {each.machine_type for each in found}
    notes = [f"{name} is left out: {refused[name]}" for name in sorted(without)]
    shared = Counter(note for each in found.values() for note in set(each.notes))
    notes += [note for note, count in shared.items() if count == len(found)]
    return found, notes


def run_on(cluster: Cluster, query: Query) -> Query:
    """The same run on a cluster."""
    return replace(
        query,
        nodes=cluster.nodes,
        machine_type=cluster.machine_type,
        cores_per_node=cluster.cores_per_node,
    )


def _option(cluster: Cluster, prediction: Prediction, tariff: Tariff, wanted: Conditions) -> Option:
    odds = prediction.odds
    latest = _latest(cluster, tariff, wanted)
    sure = odds.by(wanted.confidence)
    return Option(
        cluster=cluster,
        prediction=prediction,
        cost=tariff.cost(cluster, odds.runtime_seconds),
        sure_seconds=sure,
        sure_cost=None if sure is None else tariff.cost(cluster, sure),
        chance=1.0 if math.isinf(latest) else odds.chance(latest),
        keeps=math.isinf(latest) or (sure is not None and sure <= latest),
    )


def _latest(cluster: Cluster, tariff: Tariff, wanted: Conditions) -> float:
    """Until when a run has to be over; a longer one costs more, so a budget is a deadline too."""
    latest = math.inf if wanted.deadline_seconds is None else wanted.deadline_seconds
    if wanted.budget is None:
        return latest
    per_second = tariff.cost(cluster, 1.0)
    if per_second is None:
        return 0.0
    return min(latest, wanted.budget / per_second) if per_second else latest


def _ranked(options: Sequence[Option]) -> list[Option]:
    """The cheapest first, the faster of two; what has no price comes last."""

    def place(option: Option) -> tuple[float, float]:
        cost = math.inf if option.cost is None else option.cost
        return cost, option.prediction.runtime_seconds

    ordered = sorted(options, key=place)
    front = pareto([place(each) for each in ordered])
    return [
        replace(each, on_front=on_front and each.cost is not None)
        for each, on_front in zip(ordered, front, strict=True)
    ]
