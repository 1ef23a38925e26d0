"""What a job usually runs on: a first question for who has not asked one yet."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ledger.model.columns import Column
from ledger.model.columns import Runs
from ledger.record.schema import Scalar


@dataclass(frozen=True, slots=True)
class Usual:
    """An input and parameters.

    Attributes:
        size_bytes: of the input; None: most runs do not say.
        properties: parameters and properties of the input by their paths.
    """

    size_bytes: int | None
    properties: Mapping[str, Scalar]


def usual(runs: Runs) -> Usual:
    """The input and parameters that ran on the most clusters, as nothing is compared better.

    Of several, that with the most runs, and of those the first in the order of the values.
    """
    if not len(runs):
        return Usual(None, {})
    sizes = Column.of(None if np.isnan(each) else each for each in runs.size.tolist())
    work = np.column_stack([sizes.codes, *(each.codes for each in runs.properties.values())])
    _, of_work, counts = np.unique(work, axis=0, return_inverse=True, return_counts=True)
    of_work = of_work.ravel()
    clusters = np.unique(
        np.column_stack([of_work, runs.machine_type.codes, runs.nodes.astype(np.int64)]), axis=0
    )
    spread = np.bincount(clusters[:, 0], minlength=len(counts))
    best = max(range(len(counts)), key=lambda place: (spread[place], counts[place], -place))
    one = int(np.flatnonzero(of_work == best)[0])
    size = runs.size[one]
    return Usual(
        size_bytes=None if np.isnan(size) else int(size),
        properties={
            name: column.values[column.codes[one]]
            for name, column in runs.properties.items()
            if column.stated[one]
        },
    )
