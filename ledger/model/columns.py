"""Runs of one job as columns, so that a million of them are sorted out as arrays, not one by one.

Whoever gathers them, from records or from a Parquet export, gets the same columns in the same order
(that of the CIDs), and therefore the same models under the same digests.
"""

from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import fields
from typing import Self

import numpy as np
import numpy.typing as npt

from ledger.model.observation import Observation
from ledger.model.observation import workers_of
from ledger.model.regressor import Floats
from ledger.record.schema import Scalar
from ledger.record.schema import Status

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

ABSENT = -1

ENOUGH = 3
FIRST = 1_000
"""Runs among which configurations are counted first: of a million, all are more than is needed."""


@dataclass(frozen=True, slots=True)
class Column:
    """What runs state under one name, each different value held once.

    Attributes:
        codes: place of each run's value among the values; `ABSENT`: it states none.
        values: the different values.
    """

    codes: Codes
    values: tuple[Scalar, ...]

    @classmethod
    def of(cls, values: Iterable[Scalar | None]) -> Self:
        """Of the value of each run; None: it states none."""
        places: dict[Hashable, int] = {}
        found: list[Scalar] = []
        codes = []
        for value in values:
            if value is None:
                codes.append(ABSENT)
                continue
            place = places.setdefault((type(value) is bool, type(value) is str, value), len(found))
            if place == len(found):
                found.append(value)
            codes.append(place)
        return cls(np.array(codes, dtype=np.int64), tuple(found))

    def __getitem__(self, chosen: Mask | npt.NDArray[np.intp]) -> "Column":
        """The column of some of the runs."""
        return Column(self.codes[chosen], self.values)

    @property
    def stated(self) -> Mask:
        """Which runs state a value."""
        mask: Mask = self.codes != ABSENT
        return mask

    @property
    def numbers(self) -> Floats:
        """The value of each run where it is a number, and else NaN."""
        table = [float(value) if is_number(value) else np.nan for value in self.values]
        return np.array([*table, np.nan])[self.codes]

    @property
    def different(self) -> int:
        """How many different values there are; that none is stated is one of them."""
        return len(np.unique(self.codes))

    def known(self) -> tuple[Scalar, ...]:
        """The values that are stated."""
        return tuple(self.values[code] for code in np.unique(self.codes) if code != ABSENT)

    def equals(self, value: Scalar | None) -> Mask:
        """Which runs state this value; None: which state none."""
        if value is None:
            return ~self.stated
        equal = [place for place, each in enumerate(self.values) if each == value]
        return np.isin(self.codes, equal)


@dataclass(frozen=True, slots=True)
class Runs:
    """Successful runs of one job that count.

    Attributes:
        cids: names of the records.
        framework: name of the framework.
        machine_type: machine type of the nodes.
        contributor: address of who handed the record in.
        nodes: number of nodes.
        cores: cores of a node; NaN: not stated.
        memory: bytes of memory of a node; NaN: not stated.
        size: bytes of input; NaN: not stated.
        workers: workers on each node as a parameter has it; NaN: none has.
        runtime: seconds.
        weight: how much each counts.
        properties: parameters and characteristics by their paths.
    """

    cids: Texts
    framework: Column
    machine_type: Column
    contributor: Column
    nodes: Floats
    cores: Floats
    memory: Floats
    size: Floats
    workers: Floats
    runtime: Floats
    weight: Floats
    properties: Mapping[str, Column]

    def __len__(self) -> int:
        """Number of runs."""
        return len(self.cids)

    def __getitem__(self, chosen: Mask | npt.NDArray[np.intp]) -> "Runs":
        """Some of the runs."""
        taken = {
            each.name: getattr(self, each.name)[chosen]
            for each in fields(self)
            if each.name != "properties"
        }
        properties = {name: column[chosen] for name, column in self.properties.items()}
        return Runs(**taken, properties=properties)

    @property
    def configurations(self) -> int:
        """Distinct configurations, before it is known which properties matter.

        Counted up to some that are enough for any model.
        """
        some = len(numbered(self._configured(FIRST))[0])
        return some if some >= ENOUGH else len(numbered(self._configured(len(self)))[0])

    def _configured(self, count: int) -> Floats:
        columns = (self.machine_type, *self.properties.values())
        codes = [column.codes[:count].astype(np.float64) for column in columns]
        numbers = [np.nan_to_num(each[:count]) for each in (self.nodes, self.size, self.workers)]
        return np.column_stack([*codes, *numbers])


def runs_of(observations: Sequence[Observation]) -> Runs:
    """The successful runs among observations of one job."""
    kept = sorted(
        (
            each
            for each in observations
            if each.weight > 0
            and each.record.runtime_seconds > 0
            and each.record.status is Status.SUCCEEDED
        ),
        key=lambda each: each.cid,
    )
    records = [each.record for each in kept]
    clusters = [record.cluster for record in records]
    names = sorted({name for each in kept for name in each.properties})
    return Runs(
        cids=np.array([each.cid for each in kept], dtype=np.object_),
        framework=Column.of(record.job.framework.name for record in records),
        machine_type=Column.of(cluster.machine_type for cluster in clusters),
        contributor=Column.of(each.contributor for each in kept),
        nodes=_floats(cluster.nodes for cluster in clusters),
        cores=_floats(cluster.cores_per_node for cluster in clusters),
        memory=_floats(cluster.memory_bytes_per_node for cluster in clusters),
        size=_floats(record.input.size_bytes for record in records),
        workers=_floats(workers_of(record.job.parameters) for record in records),
        runtime=_floats(record.runtime_seconds for record in records),
        weight=_floats(each.weight for each in kept),
        properties={name: Column.of(each.properties.get(name) for each in kept) for name in names},
    )


def numbered(rows: Floats) -> tuple[Floats, Codes]:
    """The different rows in their order, and the place of each row among them."""
    order = np.lexsort(rows.T[::-1])
    changes = np.ones(len(rows), dtype=bool)
    changes[1:] = (rows[order[1:]] != rows[order[:-1]]).any(axis=1)
    places = np.empty(len(rows), dtype=np.int64)
    places[order] = np.cumsum(changes) - 1
    return rows[order[changes]], places


def is_number(value: Scalar) -> bool:
    """Whether a value is a number; that it is true or false is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _floats(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
