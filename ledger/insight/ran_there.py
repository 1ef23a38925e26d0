"""The runs of what is asked about, wherever they ran: what a curve is drawn through."""

from dataclasses import dataclass

import numpy as np

from ledger.model.columns import Runs
from ledger.model.observation import Query

MOST_POINTS = 600

ALIKE = 0.02
"""By which share of its size an input may differ: people round."""


@dataclass(frozen=True, slots=True)
class Point:
    """One run.

    Attributes:
        machine_type: where.
        nodes: scale-out.
        runtime_seconds: how long it took.
        cid: its record.
    """

    machine_type: str
    nodes: int
    runtime_seconds: float
    cid: str


def points(runs: Runs, query: Query) -> list[Point]:
    """The runs of a query's input and parameters on any cluster, at most `MOST_POINTS`.

    Args:
        runs: of the job.
        query: of its cluster nothing is looked at; a property that it leaves open may be any, and
            so may who ran it, where the one that it names never did.
    """
    alike = runs.machine_type.stated
    if query.size_bytes is not None:
        alike = alike & (np.abs(runs.size - query.size_bytes) <= ALIKE * query.size_bytes)
    if query.framework is not None:
        alike = alike & runs.framework.equals(query.framework)
    if query.contributor is not None and (own := runs.contributor.equals(query.contributor)).any():
        alike = alike & own
    for name, value in query.properties.items():
        if name in runs.properties:
            alike = alike & runs.properties[name].equals(value)
    types = runs.machine_type
    return [
        Point(
            machine_type=str(types.values[types.codes[place]]),
            nodes=int(runs.nodes[place]),
            runtime_seconds=float(runs.runtime[place]),
            cid=str(runs.cids[place]),
        )
        for place in np.flatnonzero(alike)[:MOST_POINTS].tolist()
    ]
