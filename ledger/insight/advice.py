"""Predictions and recommendations as answers: each names its model, its error and its records."""

from collections.abc import Sequence

from pydantic import Field

from ledger.index.views import LedgerStatus
from ledger.index.views import View
from ledger.insight.evidence import Evidence
from ledger.model.advice.experiments import Experiment
from ledger.model.advice.pricing import Unit
from ledger.model.advice.recommend import Option
from ledger.model.advice.recommend import Recommendation
from ledger.model.advice.submit import spark_submit
from ledger.model.predict import LEVEL
from ledger.model.predict import Prediction


class Foretold(View):
    """A predicted runtime, and how sure it is."""

    runtime_seconds: float
    lower_seconds: float = Field(description="Lower end of the interval.")
    upper_seconds: float = Field(description="Upper end of the interval.")
    level: float = Field(description="Share of runs that the interval is expected to hold.")
    model: str
    error: float = Field(
        description="The model's mean absolute percentage error on configurations that it had "
        "not seen, as a fraction."
    )
    configurations: int = Field(description="Distinct configurations it learned from.")
    records: int = Field(description="Records it learned from.")
    standing: dict[LedgerStatus, int] = Field(
        description="Those records by their status; what is not accepted weighs less."
    )
    notes: list[str] = Field(description="What was assumed, left out or extrapolated.")


class Predicted(Foretold):
    """A predicted runtime with the records that it rests on."""

    cids: list[str] = Field(description="The records it learned from.")


class Choice(View):
    """A cluster, and what a run on it takes."""

    machine_type: str
    nodes: int
    cores_per_node: int | None
    memory_bytes_per_node: int | None
    runtime: Foretold
    cost: float | None = Field(
        description="Of a run of the predicted runtime; null: its machine type has no price."
    )
    sure_seconds: float | None = Field(
        description="Within which a run ends with the confidence asked for; null: so few runs are "
        "known that it cannot be claimed."
    )
    sure_cost: float | None = Field(description="Of a run that takes so long.")
    chance: float = Field(description="Probability that it keeps the deadline and the budget.")
    keeps: bool = Field(description="Whether that is at least the confidence.")
    on_front: bool = Field(
        description="Whether no other is at once as cheap and as fast, and better in one."
    )
    spark_submit: str = Field(description="The cluster as the options of `spark-submit`.")


class Trial(View):
    """A run that would tell much about the clusters."""

    machine_type: str
    nodes: int
    input_bytes: int | None = Field(description="Of its input, which may be a part of the whole.")
    bits: float = Field(
        description="Expected information about the runtime on each of the clusters, on average, "
        "beside what the runs named before it tell."
    )
    seconds: float = Field(description="How long it will take, as far as is known.")
    cost: float | None = Field(description="Null: its machine type has no price.")


class Recommended(View):
    """Which cluster to run on, of which ones, and why."""

    deadline_seconds: float | None
    budget: float | None
    confidence: float
    unit: Unit = Field(description="Of all costs, the budget included.")
    choice: Choice | None = Field(
        description="The fastest within a budget where only that is given; else the cheapest that "
        "keeps the conditions; null: none does."
    )
    cheapest: Choice | None = Field(description="The cheapest that keeps the conditions.")
    fastest: Choice | None = Field(description="The fastest that keeps the conditions.")
    likeliest: Choice = Field(description="What keeps the conditions most probably.")
    options: list[Choice] = Field(description="All clusters, the cheapest first.")
    trials: list[Trial] = Field(description="What to run next to learn most.")
    notes: list[str]
    cids: list[str] = Field(description="The records that all of this rests on.")


def predicted(found: Prediction, known: Evidence, level: float = LEVEL) -> Predicted:
    """A prediction as an answer, with an interval of a level."""
    return Predicted(**_foretold(found, known, level).__dict__, cids=list(found.cids))


def recommended(
    found: Recommendation, worth: Sequence[Experiment], known: Evidence, job: str
) -> Recommended:
    """A recommendation as an answer."""
    choices = {id(each): _choice(each, known, job) for each in found.options}

    def named(option: Option | None) -> Choice | None:
        return None if option is None else choices[id(option)]

    cids = dict.fromkeys(cid for each in found.options for cid in each.prediction.cids)
    return Recommended(
        deadline_seconds=found.conditions.deadline_seconds,
        budget=found.conditions.budget,
        confidence=found.conditions.confidence,
        unit=found.unit,
        choice=named(found.choice),
        cheapest=named(found.cheapest),
        fastest=named(found.fastest),
        likeliest=choices[id(found.likeliest)],
        options=list(choices.values()),
        trials=[_trial(each) for each in worth],
        notes=list(found.notes),
        cids=list(cids),
    )


def _trial(each: Experiment) -> Trial:
    return Trial(
        machine_type=each.cluster.machine_type,
        nodes=each.cluster.nodes,
        input_bytes=each.size_bytes,
        bits=each.bits,
        seconds=each.seconds,
        cost=each.cost,
    )


def _foretold(found: Prediction, known: Evidence, level: float = LEVEL) -> Foretold:
    lower, upper, level = found.odds.between(level)
    return Foretold(
        runtime_seconds=found.runtime_seconds,
        lower_seconds=lower,
        upper_seconds=upper,
        level=level,
        model=found.model,
        error=found.error,
        configurations=found.configurations,
        records=found.records,
        standing=known.standing(found.cids),
        notes=list(found.notes),
    )


def _choice(option: Option, known: Evidence, job: str) -> Choice:
    cluster = option.cluster
    return Choice(
        machine_type=cluster.machine_type,
        nodes=cluster.nodes,
        cores_per_node=cluster.cores_per_node,
        memory_bytes_per_node=cluster.memory_bytes_per_node,
        runtime=_foretold(option.prediction, known),
        cost=option.cost,
        sure_seconds=option.sure_seconds,
        sure_cost=option.sure_cost,
        chance=option.chance,
        keeps=option.keeps,
        on_front=option.on_front,
        spark_submit=spark_submit(cluster, name=job),
    )
