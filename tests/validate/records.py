"""Records for tests: a plausible one, and ways to change it."""

from datetime import UTC
from datetime import datetime
from typing import Any

from ledger.record import codec
from ledger.validate.checks import Context

ANCHORED_AT = datetime(2026, 1, 1, tzinfo=UTC)
CONTEXT = Context(ANCHORED_AT)

GIB = 1 << 30
FILE = {"kind": "file", "sha256": "ab" * 32, "row": 1}

PLAUSIBLE: dict[str, Any] = {
    "job": {"name": "sort", "framework": {"name": "spark", "version": "3.5.1"}},
    "input": {"size_bytes": 10 * GIB},
    "cluster": {"nodes": 4, "cores_per_node": 8, "memory_bytes_per_node": 32 * GIB},
    "started_at": "2025-12-31T12:00:00Z",
    "runtime_seconds": 100,
    "metrics": {"cpu_seconds": 3_000, "peak_memory_bytes": 100 * GIB, "read_bytes": 10 * GIB},
    "origin": FILE,
}


def changed(**changes: Any) -> dict[str, Any]:
    """The plausible record with other values."""
    return {**PLAUSIBLE, **changes}


def command(exit_code: int | None = 0, run_id: str = "r1") -> dict[str, Any]:
    return {"kind": "command", "argv": ["./job"], "run_id": run_id, "exit_code": exit_code}


def stage(seconds: float, **metrics: Any) -> dict[str, Any]:
    return {"name": "map", "runtime_seconds": seconds, "metrics": metrics or None}


def block_of(value: dict[str, Any]) -> bytes:
    return codec.encode(codec.from_python(value))
