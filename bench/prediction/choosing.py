"""Clusters chosen for inputs that nobody ran: which deadlines are met, and at what cost.

A context is a job with one input and its parameters. All its runs are left out; for deadlines that
some of its clusters meet, a cluster is chosen out of what the other contexts tell. What ran there
is then looked up: C3O's tables have five runs on each cluster of a context.
"""

from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from ledger.capture.mapping import preset
from ledger.capture.tables import read_table
from ledger.insight.cost import HOUR_SECONDS
from ledger.model.advice.clusters import Cluster
from ledger.model.observation import Observation
from ledger.model.observation import Query
from ledger.record.codec import cid_of

SEED = 2_021
SLACK = (1.1, 1.5, 2.5)
"""Deadlines, as multiples of the fastest cluster's median runtime."""

CONFIDENCE = 0.9

PRICES: Mapping[str, float] = {
    "c4.2xlarge": 0.398,
    "m4.2xlarge": 0.40,
    "r4.2xlarge": 0.532,
    "r4.xlarge": 0.266,
}
"""US dollars for an hour on demand (Amazon EC2, us-east-1, Linux), without EMR's share."""

FEWEST_CLUSTERS = 4
TABLES = ("sort", "grep", "sgd", "kmeans", "pagerank")


@dataclass(frozen=True)
class Context:
    """A job with one input and its parameters.

    Attributes:
        query: what is asked; its cluster is to be chosen.
        ran: runtimes in seconds on each cluster.
        others: the runs of all other contexts.
    """

    query: Query
    ran: Mapping[Cluster, Sequence[float]]
    others: Sequence[Observation]

    @property
    def deadlines(self) -> list[float]:
        """Seconds, from tight to loose."""
        fastest = min(median(runs) for runs in self.ran.values())
        return [slack * fastest for slack in SLACK]


@dataclass(frozen=True)
class Outcome:
    """What became of one choice.

    Attributes:
        chosen: whether a cluster was chosen at all.
        met: share of the cluster's runs that ended in time.
        cost: of its median run, as a multiple of the best possible choice's; NaN: there is none.
    """

    chosen: bool
    met: float
    cost: float


def contexts(table: str, folder: Path, most: int) -> Iterator[Context]:
    """Some contexts of a table, drawn at random from a stated seed."""
    runs = [
        Observation(cid_of(row.record), row.record)
        for row in read_table(folder / f"{table}.tsv", preset("c3o"))
        if row.record is not None
    ]
    found: defaultdict[tuple[object, ...], list[Observation]] = defaultdict(list)
    for each in runs:
        found[(each.record.input.size_bytes, *sorted(each.properties.items()))].append(each)
    keys = sorted(found, key=repr)
    for place in np.random.default_rng(SEED).permutation(len(keys))[:most].tolist():
        own = found[keys[place]]
        ran: defaultdict[Cluster, list[float]] = defaultdict(list)
        for each in own:
            ran[_cluster(each)].append(each.record.runtime_seconds)
        if len(ran) >= FEWEST_CLUSTERS:
            held = set(map(id, own))
            yield Context(_query(own[0]), ran, [each for each in runs if id(each) not in held])


def outcome(context: Context, deadline: float, choice: Cluster | None) -> Outcome:
    """What became of a choice, looked up in what ran."""
    met = {cluster: share_in_time(runs, deadline) for cluster, runs in context.ran.items()}
    possible = [cost(cluster, context) for cluster, share in met.items() if share == 1]
    if choice is None:
        return Outcome(chosen=False, met=0.0, cost=float("nan"))
    best = min(possible, default=float("nan"))
    return Outcome(chosen=True, met=met[choice], cost=cost(choice, context) / best)


def cost(cluster: Cluster, context: Context) -> float:
    """US dollars of the median run."""
    hours = median(context.ran[cluster]) / HOUR_SECONDS
    return cluster.nodes * PRICES[cluster.machine_type] * hours


def share_in_time(runs: Sequence[float], deadline: float) -> float:
    """Share of runs that ended by a deadline."""
    return sum(each <= deadline for each in runs) / len(runs)


def _cluster(each: Observation) -> Cluster:
    cluster = each.record.cluster
    return Cluster(
        cluster.machine_type or "",
        cluster.nodes,
        cluster.cores_per_node,
        cluster.memory_bytes_per_node,
    )


def _query(each: Observation) -> Query:
    record = each.record
    return Query(
        record.job.name,
        nodes=1,
        framework=record.job.framework.name,
        size_bytes=record.input.size_bytes,
        parameters=record.job.parameters,
        characteristics=record.input.characteristics,
    )
