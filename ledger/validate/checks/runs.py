"""What is compared of records, small enough to hold it for every record of a batch."""

import hashlib
from typing import NamedTuple

from ledger.model.observation import properties_of
from ledger.record import dagcbor
from ledger.record.schema import Record
from ledger.record.schema import Status

Family = tuple[str, ...]
"""Job, framework, machine type, names of the numbers, and properties that are no numbers: runs of
one family differ in numbers only."""

_DIGEST_BYTES = 16


class Run(NamedTuple):
    """A successful execution among others.

    Attributes:
        contributor: EIP-55 address.
        family: see `Family`.
        numbers: nodes, bytes of the input (0: not said), then numbers by their names.
        seconds: its runtime.
        content: digest of everything but where the record comes from.
        telling: whether another execution can hardly have the same content: it has a start, or
            measurements beside the runtime.
    """

    contributor: str
    family: Family
    numbers: tuple[float, ...]
    seconds: float
    content: bytes
    telling: bool

    @property
    def nodes(self) -> float:
        """The scale-out."""
        return self.numbers[0]

    @property
    def size(self) -> float:
        """Bytes of the input; 0: not said."""
        return self.numbers[1]


def run_of(record: Record, block: bytes, contributor: str) -> Run | None:
    """What is compared of a record and its bytes; None where it did not succeed."""
    if record.status is not Status.SUCCEEDED or record.runtime_seconds <= 0:
        return None
    cluster, properties = record.cluster, properties_of(record)
    numeric = {
        name: float(value)
        for name, value in sorted(properties.items())
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    other = (f"{name}={properties[name]}" for name in sorted(properties.keys() - numeric.keys()))
    machine = (cluster.machine_type, cluster.cores_per_node, cluster.memory_bytes_per_node)
    return Run(
        contributor=contributor,
        family=(
            record.job.name,
            record.job.framework.name,
            "/".join(map(str, machine)),
            *numeric,
            *other,
        ),
        numbers=(float(cluster.nodes), float(record.input.size_bytes or 0), *numeric.values()),
        seconds=record.runtime_seconds,
        content=_content(block),
        telling=bool(record.started_at or record.metrics or record.stages),
    )


def _content(block: bytes) -> bytes:
    """Digest of a record without its origin and its parents, which a copy may change freely."""
    value = dagcbor.decode(block)
    bare = {name: part for name, part in value.items() if name not in {"origin", "parents"}}
    return hashlib.sha256(dagcbor.encode(bare)).digest()[:_DIGEST_BYTES]
