"""Records as an Apache Parquet file: typed columns for analysis, the record whole beside them."""

import io
import json
from collections.abc import Iterable
from types import TracebackType
from typing import Any
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from ledger.index.views import RecordRow

_SCALARS = pa.map_(pa.string(), pa.string())

_METRICS = (
    ("cpu_seconds", pa.float64()),
    ("peak_memory_bytes", pa.int64()),
    ("read_bytes", pa.int64()),
    ("written_bytes", pa.int64()),
    ("shuffle_read_bytes", pa.int64()),
    ("shuffle_written_bytes", pa.int64()),
    ("spilled_bytes", pa.int64()),
    ("gc_seconds", pa.float64()),
    ("read_records", pa.int64()),
    ("written_records", pa.int64()),
    ("spilled_records", pa.int64()),
    ("reserved_core_seconds", pa.float64()),
    ("reserved_memory_byte_seconds", pa.float64()),
    ("busy_seconds", pa.float64()),
    ("backpressured_seconds", pa.float64()),
    ("restarts", pa.int64()),
    ("checkpoints", pa.int64()),
)

SCHEMA = pa.schema(
    [
        pa.field("cid", pa.string(), nullable=False),
        pa.field("job", pa.string(), nullable=False),
        pa.field("framework", pa.string(), nullable=False),
        pa.field("framework_version", pa.string()),
        pa.field("algorithm", pa.string()),
        pa.field("machine_type", pa.string()),
        pa.field("provider", pa.string()),
        pa.field("region", pa.string()),
        pa.field("nodes", pa.int64(), nullable=False),
        pa.field("cores_per_node", pa.int64()),
        pa.field("memory_bytes_per_node", pa.int64()),
        pa.field("input_bytes", pa.int64()),
        pa.field("runtime_seconds", pa.float64(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("started_at", pa.timestamp("us", tz="UTC")),
        *(pa.field(name, kind) for name, kind in _METRICS),
        pa.field("parameters", _SCALARS),
        pa.field("characteristics", _SCALARS),
        pa.field("configuration", _SCALARS),
        pa.field("status", pa.string(), nullable=False),
        pa.field("contributor", pa.string()),
        pa.field("batch_id", pa.string()),
        pa.field("accepted", pa.int32(), nullable=False),
        pa.field("rejected", pa.int32(), nullable=False),
        pa.field("validators", pa.int32(), nullable=False),
        pa.field("quorum", pa.int32(), nullable=False),
        pa.field("record", pa.string(), nullable=False),
    ]
)
"""Columns of the file. Values of the maps are text: JSON, but for strings, which stand as they are.

Units are those of the record's schema: bytes, seconds, UTC.
"""


class Writer:
    """Writes a file of which every piece is taken as soon as it is there."""

    def __init__(self) -> None:
        self._sink = io.BytesIO()
        self._writer = pq.ParquetWriter(
            pa.PythonFile(_Pieces(self._sink), mode="w"), SCHEMA, compression="zstd"
        )

    def add(self, rows: Iterable[tuple[RecordRow, dict[str, Any]]]) -> None:
        """Write records as one row group."""
        lines = [_line(row, record) for row, record in rows]
        self._writer.write_table(pa.Table.from_pylist(lines, schema=SCHEMA))

    def taken(self) -> bytes:
        """What was written since the last time."""
        piece = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return piece

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the footer; without it nobody takes a part for the whole."""
        if kind is None:
            self._writer.close()


class _Pieces(io.RawIOBase):
    """A file that knows how much was written to it, while what was is taken out of a buffer."""

    def __init__(self, buffer: io.BytesIO) -> None:
        super().__init__()
        self._buffer = buffer
        self._place = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._buffer.write(data)
        self._place += len(data)
        return len(data)

    def tell(self) -> int:
        return self._place


def _line(row: RecordRow, record: dict[str, Any]) -> dict[str, Any]:
    told = row.model_dump()
    cluster, job = record["cluster"], record["job"]
    metrics = record.get("metrics") or {}
    return {
        **{name: told[name] for name in SCHEMA.names if name in told},
        "status": row.status.value,
        "framework_version": job["framework"].get("version"),
        "region": cluster.get("region"),
        "cores_per_node": cluster.get("cores_per_node"),
        "memory_bytes_per_node": cluster.get("memory_bytes_per_node"),
        **{name: metrics.get(name) for name, _ in _METRICS},
        "parameters": _texts(job.get("parameters", {})),
        "characteristics": _texts(record.get("input", {}).get("characteristics", {})),
        "configuration": _texts(record.get("configuration", {})),
        "record": json.dumps(record, ensure_ascii=False, separators=(",", ":")),
    }


def _texts(scalars: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, value if isinstance(value, str) else json.dumps(value))
        for name, value in scalars.items()
    ]
