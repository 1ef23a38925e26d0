"""Predictions and recommendations as answers."""

from collections.abc import Sequence

from ledger.insight.advised import Choice
from ledger.insight.advised import Foretold
from ledger.insight.advised import Predicted
from ledger.insight.advised import Recommended
from ledger.insight.advised import Trial
from ledger.insight.evidence import Evidence
from ledger.model.advice.experiments import Experiment
from ledger.model.advice.recommend import Option
from ledger.model.advice.recommend import Recommendation
from ledger.model.advice.submit import spark_submit
from ledger.model.prediction import LEVEL
from ledger.model.prediction import Prediction


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
