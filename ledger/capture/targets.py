"""The fields of a record that a table's columns can fill."""

from enum import StrEnum

from pydantic import BaseModel

from ledger.capture.units import Dimension
from ledger.record.schema import Cluster
from ledger.record.schema import Framework
from ledger.record.schema import Input
from ledger.record.schema import Job
from ledger.record.schema import Metrics

MAPS = ("job.parameters", "input.characteristics", "configuration")
"""The named maps of a record: they take values of any name."""


_COUNTS = {
    "nodes",
    "cores_per_node",
    "read_records",
    "written_records",
    "spilled_records",
    "restarts",
    "checkpoints",
}


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    COUNT = "count"
    BYTES = "bytes"
    SECONDS = "seconds"
    SCALAR = "scalar"

    @property
    def dimension(self) -> Dimension | None:
        """What its unit measures; None where it has no unit of its own."""
        if self is Kind.BYTES:
            return Dimension.BYTES
        return Dimension.SECONDS if self is Kind.SECONDS else None


def kind_of(path: str) -> Kind | None:
    """What the field at a dotted path holds; None if there is no such field."""
    return Kind.SCALAR if map_of(path) else FIELDS.get(path)


def map_of(path: str) -> str | None:
    """The named map a path leads into (``configuration`` of ``configuration.spark.cores.max``)."""
    return next((name for name in MAPS if path.startswith(name + ".") and path != name + "."), None)


def parts_of(path: str) -> tuple[str, ...]:
    """The keys from the record to the field; the name inside a map may hold dots itself."""
    name = map_of(path)
    if name is None:
        return tuple(path.split("."))
    return (*name.split("."), path.removeprefix(name + "."))


def _fields(prefix: str, model: type[BaseModel]) -> dict[str, Kind]:
    paths = {name: f"{prefix}.{name}" for name in model.model_fields}
    return {
        path: _kind(name)
        for name, path in paths.items()
        if path not in MAPS and path != "job.framework"
    }


def _kind(name: str) -> Kind:
    if name.endswith("_seconds"):
        return Kind.SECONDS
    if "bytes" in name:
        return Kind.BYTES
    return Kind.COUNT if name in _COUNTS else Kind.TEXT


FIELDS: dict[str, Kind] = {
    **_fields("job", Job),
    **_fields("job.framework", Framework),
    **_fields("input", Input),
    **_fields("cluster", Cluster),
    **_fields("metrics", Metrics),
    "started_at": Kind.TEXT,
    "runtime_seconds": Kind.SECONDS,
    "status": Kind.TEXT,
}
"""Dotted path → what the field holds."""
