"""A record's fields in groups, each with a name and its unit."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.format import duration
from webapp.format import in_words
from webapp.format import moment
from webapp.format import number
from webapp.format import size

_GROUPS = {
    "Execution": ("runtime_seconds", "started_at", "status"),
    "Job": ("job",),
    "Input": ("input",),
    "Cluster": ("cluster",),
    "Resources used": ("metrics",),
    "Configuration": ("configuration",),
    "Origin": ("origin",),
    "Withheld": ("commitment",),
}

_VERBATIM = ("job.parameters", "input.characteristics", "configuration")
"""Maps whose keys are the contributor's own."""

_LABELS = {
    "job.name": "Job",
    "job.framework.name": "Framework",
    "job.framework.version": "Framework version",
    "runtime_seconds": "Runtime",
    "started_at": "Started",
    "status": "Outcome",
    "input.size_bytes": "Size",
    "cluster.nodes": "Nodes (scale-out)",
    "metrics.cpu_seconds": "CPU time",
    "metrics.gc_seconds": "Garbage collection",
    "metrics.reserved_core_seconds": "Reserved core time",
    "metrics.reserved_memory_byte_seconds": "Reserved memory over time",
    "metrics.busy_seconds": "Busy time of tasks",
    "metrics.backpressured_seconds": "Backpressured time of tasks",
    "origin.kind": "Captured from",
    "origin.sha256": "SHA-256 of the source",
    "origin.argv": "Command",
    "origin.function": "Function",
    "origin.error": "Ended by",
    "commitment.root": "Committed to (Merkle root)",
    "commitment.fields": "Fields, to be disclosed later",
}

_SECONDS = "_seconds"
_BYTE_SECONDS = "_byte_seconds"
_BYTES = ("_bytes", "_bytes_per_node")


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a record.

    Attributes:
        path: where it stands in the record, e.g. ``input.size_bytes``.
        label: its name for people.
        value: as it is shown, with its unit.
        exact: the value in base units, where `value` is rounded.
        code: whether it is to be read letter by letter.
    """

    path: str
    label: str
    value: str
    exact: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that belong together."""

    title: str
    fields: Sequence[Field]


def field_groups(record: Mapping[str, Any]) -> list[FieldGroup]:
    """The record's fields; groups with nothing in them are left out."""
    grouped = [
        (title, [found for name in names for found in _flat(name, record.get(name))])
        for title, names in _GROUPS.items()
    ]
    return [FieldGroup(title, fields) for title, fields in grouped if fields]


def _flat(path: str, value: Any) -> Iterator[Field]:
    if value is None:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if path in _VERBATIM:
                yield Field(f"{path}.{name}", str(name), _scalar(inner))
            else:
                yield from _flat(f"{path}.{name}", inner)
    else:
        yield _field(path, value)


def _field(path: str, value: Any) -> Field:
    name = path.rpartition(".")[2]
    label = _LABELS.get(path) or _label(name)
    if name.endswith(_BYTE_SECONDS):
        exact = f"{number(value)} byte-seconds"
        return Field(path, label, f"{size(value)}·s", exact)
    if name.endswith(_SECONDS):
        return Field(path, label, duration(value), f"{number(value)} seconds")
    if name.endswith(_BYTES):
        return Field(path, label, size(value), f"{number(value)} bytes")
    if name.endswith("_at"):
        return Field(path, label, moment(datetime.fromisoformat(value)), value)
    if isinstance(value, list):
        return Field(path, label, " ".join(map(str, value)), code=True)
    return Field(path, label, _scalar(value), code=name in {"sha256", "run_id", "application_id"})


def _label(name: str) -> str:
    for suffix in (_SECONDS, *_BYTES):
        if name.endswith(suffix):
            per_node = " per node" if suffix.endswith("per_node") else ""
            return in_words(name.removesuffix(suffix)) + per_node
    return in_words(name)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, int | float) else str(value)
