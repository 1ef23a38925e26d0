"""Who chooses a cluster: perfledger, C3O's configurator, and what people do without either."""

from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from scipy.special import erfinv
from sklearn.model_selection import KFold

from bench.prediction.choosing import CONFIDENCE
from bench.prediction.choosing import PRICES
from bench.prediction.choosing import Context
from ledger.model.advice.clusters import Cluster
from ledger.model.advice.conditions import Conditions
from ledger.model.advice.recommend import NoOptionError
from ledger.model.advice.recommend import recommend
from ledger.model.basis import basis_of
from ledger.model.columns import runs_of
from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.regressor import Floats
from ledger.model.selection import C3O
from ledger.model.selection import CANDIDATES

FOLDS = 5

Chooser = Callable[[Context], Callable[[float], Cluster | None]]
"""Looks at a context once, and then chooses for each deadline."""


def perfledger(context: Context) -> Callable[[float], Cluster | None]:
    """The cheapest of which the model says with the confidence that it ends in time."""
    kept, known = Kept(), Known(context.others)
    types, nodes = _types(context), sorted({each.nodes for each in context.ran})

    def choose(deadline: float) -> Cluster | None:
        conditions = Conditions(deadline, confidence=CONFIDENCE)
        try:
            found = recommend(
                known,
                context.query,
                conditions,
                prices=PRICES,
                machine_types=types,
                nodes=nodes,
                kept=kept,
            )
        except NoOptionError:
            return None
        there = [each for each in found.options if each.keeps and _ran(context, each.cluster)]
        best = min(there, key=lambda each: each.cost or 0.0, default=None)
        return None if best is None else _ran(context, best.cluster)

    return choose


def c3o(context: Context) -> Callable[[float], Cluster | None]:
    """The smallest scale-out that C3O's bound puts within the deadline, of the cheapest type.

    The bound is the runtime, plus the mean of the errors in cross-validation, plus as many of their
    standard deviations as the confidence takes of a normal distribution. The paper leaves the
    choice of the machine type to whoever asks; here it is the cheapest that has one.

    Source: Will et al., C3O, IC2E 2021, section on the cluster configurator.
    """
    bounds: dict[Cluster, float] = {}
    for machine_type in _types(context):
        asked = replace(context.query, machine_type=machine_type)
        mine = [e for e in context.others if e.record.cluster.machine_type == machine_type]
        if len({(e.record.cluster.nodes, e.record.input.size_bytes) for e in mine}) < FOLDS:
            continue
        basis = basis_of(runs_of(mine), asked)
        medians = np.array([np.median(basis.y[basis.groups == n]) for n in range(len(basis.rows))])
        model = C3O(folds=FOLDS).fit(basis.rows, medians)
        errors = _errors(model.chosen_, basis.rows, medians)
        margin = errors.mean() + erfinv(2 * CONFIDENCE - 1) * np.sqrt(2) * errors.std()
        for cluster in (each for each in context.ran if each.machine_type == machine_type):
            target = basis.target(replace(asked, nodes=cluster.nodes))
            bounds[cluster] = float(model.predict(target)[0] + margin)

    def choose(deadline: float) -> Cluster | None:
        smallest: dict[str, Cluster] = {}
        for cluster in sorted(bounds, key=lambda each: each.nodes, reverse=True):
            if bounds[cluster] <= deadline:
                smallest[cluster.machine_type] = cluster
        return min(
            smallest.values(),
            key=lambda each: each.nodes * PRICES[each.machine_type] * bounds[each],
            default=None,
        )

    return choose


def largest(context: Context) -> Callable[[float], Cluster | None]:
    """The most nodes of the machine type that most people use, to be on the safe side."""
    return _default(context, max)


def smallest(context: Context) -> Callable[[float], Cluster | None]:
    """The fewest nodes, to save."""
    return _default(context, min)


def middle(context: Context) -> Callable[[float], Cluster | None]:
    """As many nodes as most runs had in the middle."""
    return _default(context, lambda nodes: sorted(nodes)[len(nodes) // 2])


CHOOSERS: Mapping[str, Chooser] = MappingProxyType(
    {
        "perfledger": perfledger,
        "C3O": c3o,
        "most nodes": largest,
        "middle": middle,
        "fewest nodes": smallest,
    }
)


def _default(
    context: Context, pick: Callable[[list[int]], int]
) -> Callable[[float], Cluster | None]:
    types = Counter(each.record.cluster.machine_type for each in context.others)
    usual = max(_types(context), key=lambda name: (types[name], name))
    clusters = {each.nodes: each for each in context.ran if each.machine_type == usual}
    chosen = clusters[pick(list(clusters))]
    return lambda _: chosen


def _types(context: Context) -> list[str]:
    return sorted({each.machine_type for each in context.ran})


def _ran(context: Context, wanted: Cluster) -> Cluster | None:
    """The cluster of a context with the same nodes: sizes of memory may be told otherwise."""
    alike = (
        each
        for each in context.ran
        if (each.machine_type, each.nodes) == (wanted.machine_type, wanted.nodes)
    )
    return next(alike, None)


def _errors(name: str, rows: Floats, medians: Floats) -> Floats:
    """What the model missed by on configurations left out: measured less foretold, in seconds."""
    missed = np.empty(len(medians))
    for seen, held in KFold(FOLDS, shuffle=True, random_state=0).split(rows):
        model = CANDIDATES[name]().fit(rows[seen], medians[seen])
        missed[held] = medians[held] - model.predict(rows[held])
    return missed
