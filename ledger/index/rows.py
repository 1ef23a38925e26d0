"""What of a record becomes columns, and how moments are kept."""

import hashlib
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any

from ledger.record.schema import Record
from ledger.validate.checks.context import execution_of

SEARCH_CHARACTERS = 1_000
"""A stranger's record may hold kilobytes of parameters; a scan over a million must stay short."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970, UTC: one number that every database sorts and compares alike."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The moment of `to_microseconds`."""
    return _EPOCH + value * _MICROSECOND


def from_seconds(value: int) -> datetime:
    """The moment of a block's timestamp."""
    return datetime.fromtimestamp(value, UTC)


def columns_of(record: Record) -> dict[str, Any]:
    """The columns that lists show, filters compare and searches read."""
    job, cluster = record.job, record.cluster
    return {
        "job": _text(job.name),
        "framework": _text(job.framework.name),
        "algorithm": None if job.algorithm is None else _text(job.algorithm),
        "machine_type": None if cluster.machine_type is None else _text(cluster.machine_type),
        "provider": None if cluster.provider is None else _text(cluster.provider),
        "nodes": cluster.nodes,
        "input_bytes": record.input.size_bytes,
        "runtime_seconds": record.runtime_seconds,
        "outcome": record.status.value,
        "started_at": None if record.started_at is None else to_microseconds(record.started_at),
        "search": search_text(record),
        "execution": execution_key(record),
    }


def execution_key(record: Record) -> bytes | None:
    """A short digest of the execution's name at its source; None where the origin has none."""
    execution = execution_of(record, "")
    return None if execution is None else key_of_origin(execution.origin)


def key_of_origin(origin: str) -> bytes:
    """The column's value for an `Execution.origin`: 16 bytes of its SHA-256."""
    return hashlib.sha256(origin.encode()).digest()[:16]


def search_text(record: Record) -> str:
    """What a search looks at, in one case."""
    job, cluster = record.job, record.cluster
    parts = [job.name, job.framework.name]
    parts += [
        part
        for part in (
            job.framework.version,
            job.algorithm,
            cluster.machine_type,
            cluster.provider,
            cluster.region,
        )
        if part is not None
    ]
    for scalars in (job.parameters, record.input.characteristics, record.configuration):
        parts += [f"{name}={value}" for name, value in scalars.items()]
    return _text(" ".join(parts)[:SEARCH_CHARACTERS].casefold())


def _text(value: str) -> str:
    """PostgreSQL refuses NUL in text."""
    return value.replace("\0", "\ufffd") if "\0" in value else value


def hex_text(value: bytes) -> str:
    """A hash as columns and JSON hold it."""
    return "0x" + value.hex()
