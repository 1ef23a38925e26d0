"""The clusters that a job could run on, as far as its records tell.

Where nothing else is asked for, these are all machine types that a run names, at every scale-out
between the smallest and the largest that ran on it: nothing there is extrapolated.
"""

from collections import Counter
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ledger.model.observation import Observation
from ledger.model.observation import Query

MOST_TYPES = 24
"""Machine types of one answer; those with the most records are taken."""

MOST_SCALES = 32
"""Scale-outs of one machine type; more are thinned out evenly on a logarithmic scale."""


@dataclass(frozen=True, slots=True, order=True)
class Cluster:
    """Nodes of one machine type.

    Attributes:
        machine_type: of the nodes.
        nodes: how many there are.
        cores_per_node: as most records have it; None: no record says.
        memory_bytes_per_node: the same of a node's memory.
    """

    machine_type: str
    nodes: int
    cores_per_node: int | None = None
    memory_bytes_per_node: int | None = None


def clusters_of(
    records: Sequence[Observation],
    query: Query,
    *,
    machine_types: Sequence[str] = (),
    nodes: Sequence[int] = (),
) -> list[Cluster]:
    """The clusters that an answer is chosen from.

    Args:
        records: what is known.
        query: the run; of its cluster nothing is looked at.
        machine_types: those that may be chosen; none: all that the job ran on.
        nodes: scale-outs that may be chosen; none: all between those that ran on the type.
    """
    ran: defaultdict[str, list[Observation]] = defaultdict(list)
    for each in records:
        name = each.record.cluster.machine_type
        if name is not None and each.record.job.name == query.job and each.weight > 0:
            ran[name].append(each)
    frequent = sorted(ran, key=lambda name: (-len(ran[name]), name))[:MOST_TYPES]
    known = _scales(each for runs in ran.values() for each in runs)
    found = []
    for name in machine_types or sorted(frequent):
        runs = ran.get(name, [])
        cores = _most_frequent(each.record.cluster.cores_per_node for each in runs)
        memory = _most_frequent(each.record.cluster.memory_bytes_per_node for each in runs)
        found += [Cluster(name, count, cores, memory) for count in nodes or _scales(runs) or known]
    return found


def _scales(runs: Iterable[Observation]) -> list[int]:
    ran = {each.record.cluster.nodes for each in runs}
    if not ran:
        return []
    least, most = min(ran), max(ran)
    if most - least < MOST_SCALES:
        return list(range(least, most + 1))
    between = np.geomspace(least, most, MOST_SCALES).round().astype(int)
    return sorted(set(between.tolist()))


def _most_frequent(values: Iterable[int | None]) -> int | None:
    counts = Counter(value for value in values if value is not None)
    return min(counts, key=lambda value: (-counts[value], value), default=None)
