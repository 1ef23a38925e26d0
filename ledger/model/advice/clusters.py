"""The clusters that a job could run on, as far as its records tell.

Where nothing else is asked for, these are all machine types that a run names, at every scale-out
between the smallest and the largest that ran on it: nothing there is extrapolated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ledger.errors import InvalidInputError
from ledger.model.columns import Runs
from ledger.model.machines import Others
from ledger.model.machines import cores_of
from ledger.model.machines import nobody
from ledger.model.regressor import Floats

MOST_TYPES = 24
"""Machine types of one answer; those with the most records are taken."""

MOST_SCALES = 32
"""Scale-outs of one machine type; more are thinned out evenly on a logarithmic scale."""


MOST_CLUSTERS = MOST_TYPES * MOST_SCALES


class TooManyClustersError(InvalidInputError):
    """More clusters are named than are compared at once."""


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
    runs: Runs,
    *,
    machine_types: Sequence[str] = (),
    nodes: Sequence[int] = (),
    others: Others = nobody,
) -> list[Cluster]:
    """The clusters that an answer is chosen from.

    Args:
        runs: of the job.
        machine_types: those that may be chosen; none: all that the job ran on.
        nodes: scale-outs that may be chosen; none: all between those that ran on the type.
        others: runs of other jobs, which say the cores of types that this one never ran on.

    Raises:
        TooManyClustersError: more than `MOST_CLUSTERS` are named.
    """
    scale_outs = len(nodes) or MOST_SCALES
    if len(machine_types) * scale_outs > MOST_CLUSTERS or scale_outs > MOST_CLUSTERS:
        raise TooManyClustersError(
            f"{len(machine_types) or 'all'} machine types on {scale_outs} scale-outs are too many",
            hint=f"Name at most {MOST_CLUSTERS} clusters at once.",
        )
    everywhere = _scales(runs.nodes)
    found = []
    for name in dict.fromkeys(machine_types) or sorted(_frequent(runs)):
        there = runs.machine_type.equals(name)
        cores, memory = _most_common(runs.cores[there]), _most_common(runs.memory[there])
        if not there.any():
            cores = cores_of(name, others)
        scales = nodes or _scales(runs.nodes[there]) or everywhere
        found += [Cluster(name, count, cores, memory) for count in scales]
    return found


def _frequent(runs: Runs) -> list[str]:
    """The machine types with the most runs."""
    column = runs.machine_type
    counts = np.bincount(column.codes[column.stated], minlength=len(column.values))
    most = np.argsort(-counts, kind="stable")[:MOST_TYPES]
    return [str(column.values[code]) for code in most if counts[code]]


def _scales(nodes: Floats) -> list[int]:
    if not len(nodes):
        return []
    least, most = int(nodes.min()), int(nodes.max())
    if most - least < MOST_SCALES:
        return list(range(least, most + 1))
    between = np.geomspace(least, most, MOST_SCALES).round().astype(int)
    return sorted(set(between.tolist()))


def _most_common(stated: Floats) -> int | None:
    values, counts = np.unique(stated[~np.isnan(stated)], return_counts=True)
    return int(values[np.argmax(counts)]) if len(values) else None
