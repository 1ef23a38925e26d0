"""Proposing a map for a table nobody has described."""

import re
from collections.abc import Sequence
from typing import Any

from ledger.capture.mapping import Mapping
from ledger.capture.mapping import mapping_of
from ledger.capture.rows import TableError
from ledger.capture.targets import Kind
from ledger.capture.targets import kind_of
from ledger.capture.units import UNITS

UNKNOWN_FRAMEWORK = "unknown"

_NAMES: dict[str, tuple[str, ...]] = {
    "job.name": ("job", "jobname", "application", "app", "appname", "benchmark", "workload"),
    "job.framework.name": ("framework", "engine", "system", "platform"),
    "job.framework.version": ("frameworkversion", "sparkversion", "flinkversion", "engineversion"),
    "job.algorithm": ("algorithm",),
    "cluster.nodes": (
        "instancecount", "nodes", "nodecount", "numnodes", "scaleout", "workers", "numworkers",
        "machines", "machinecount", "executors", "clustersize", "instances",
    ),
    "cluster.machine_type": (
        "machinetype", "instancetype", "nodetype", "vmtype", "machine", "instance",
    ),
    "cluster.cores_per_node": ("corespernode", "vcpus", "cpuspernode", "vcpuspernode"),
    "cluster.memory_bytes_per_node": ("memorypernode", "rampernode", "memorybytespernode"),
    "cluster.provider": ("provider", "cloud", "cloudprovider"),
    "cluster.region": ("region",),
    "input.size_bytes": (
        "datasize", "inputsize", "datasetsize", "inputdatasize", "size", "inputbytes", "sizebytes",
        "bytes",
    ),
    "runtime_seconds": (
        "runtime", "grossruntime", "duration", "elapsed", "elapsedtime", "executiontime",
        "walltime", "wallclock", "time", "runtimeseconds", "totaltime", "makespan",
    ),
    "started_at": ("startedat", "start", "starttime", "timestamp", "submittime"),
    "status": ("status", "result", "state"),
    "metrics.cpu_seconds": ("cputime", "cpuseconds"),
    "metrics.peak_memory_bytes": ("peakmemory", "maxmemory", "peakmemorybytes"),
}  # fmt: skip
_UNIT_WORDS = {
    **{unit.lower(): unit for unit in UNITS},
    "bytes": "B", "seconds": "s", "secs": "s", "sec": "s", "minutes": "min", "mins": "min",
    "hours": "h", "milliseconds": "ms", "millis": "ms", "msec": "ms", "nanoseconds": "ns",
}  # fmt: skip
_WORD = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_MIXED_UNIT = re.compile(r"[KMGT]iB|kB")
_STATUS_WORDS = {
    **dict.fromkeys(("success", "SUCCESS", "Succeeded", "SUCCEEDED", "ok", "OK"), "succeeded"),
    **dict.fromkeys(("finished", "FINISHED", "completed", "COMPLETED"), "succeeded"),
    **dict.fromkeys(("failure", "FAILURE", "Failed", "FAILED", "error", "ERROR"), "failed"),
    **dict.fromkeys(("Killed", "KILLED", "cancelled", "CANCELLED", "CANCELED"), "killed"),
}


class UnmappedError(TableError):
    """Somebody has to say which column is what."""


def guess_mapping(
    header: Sequence[str], *, file_name: str = "", framework: str = UNKNOWN_FRAMEWORK
) -> Mapping:
    """A map for a table with these columns, by their common names.

    A unit is read from the end of a name (``data_size_MB``, ``duration ms``); seconds and bytes
    where there is none. The job is named after the file if no column names it. Columns that fit no
    field become characteristics of the input.

    Args:
        header: the columns.
        file_name: the file's name, if there is one.
        framework: the framework, where no column names it.

    Raises:
        UnmappedError: no column looks like the number of nodes or like the runtime.
        TableError: and there is one column only, so that it is no table at all.
    """
    fields: dict[str, Any] = {
        path: source_of(path, column, unit)
        for column, (path, unit) in guess_columns(header).items()
        if path is not None
    }
    _require(header, fields, "cluster.nodes", "the number of nodes")
    _require(header, fields, "runtime_seconds", "the runtime")
    if "job.name" not in fields:
        algorithm = fields.pop("job.algorithm", None)
        fallback = {"file_name": True} if file_name else {"constant": "unknown"}
        fields["job.name"] = algorithm or fallback
    fields.setdefault("job.framework.name", {"constant": framework})
    return mapping_of(
        {"fields": fields, "unknown_columns": "input.characteristics"}, name="guessed"
    )


def guess_columns(header: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
    """For each column the field that its name means, and the unit at its end; None: none.

    Of several columns that mean the same field, the first has it.
    """
    guessed: dict[str, tuple[str | None, str | None]] = {}
    taken: set[str] = set()
    for column in header:
        path, unit = _target(column)
        if path is None or path in taken:
            guessed[column] = (None, None)
        else:
            guessed[column] = (path, unit)
            taken.add(path)
    return guessed


def source_of(path: str, column: str, unit: str | None) -> dict[str, Any]:
    """An entry of a map: the column that fills a field, in its unit if it is measured in one."""
    source: dict[str, Any] = {"column": column}
    if unit is not None and kind_of(path) in {Kind.BYTES, Kind.SECONDS}:
        source["unit"] = unit
    if path == "status":
        source["values"] = _STATUS_WORDS
    return source


def _target(column: str) -> tuple[str | None, str | None]:
    """The field a column's name means, and the unit at its end."""
    if kind_of(column) is not None:
        return column, None
    words = _WORD.findall(_MIXED_UNIT.sub(lambda unit: unit[0].capitalize(), column))
    if not words:
        return None, None
    whole = "".join(words).lower()
    for path, names in _NAMES.items():
        if whole in names:
            return path, _unit(path, words[-1])
    for path, names in _NAMES.items():
        if "".join(words[:-1]).lower() in names and (unit := _unit(path, words[-1])):
            return path, unit
    return None, None


def _unit(path: str, word: str) -> str | None:
    unit = _UNIT_WORDS.get(word.lower())
    kind = kind_of(path)
    return unit if unit and kind and UNITS[unit][0] == kind.dimension else None


def _require(header: Sequence[str], fields: dict[str, Any], path: str, meaning: str) -> None:
    if path not in fields:
        refusal = UnmappedError if len(header) > 1 else TableError
        raise refusal(
            f"no column looks like {meaning}",
            hint=f"Write a map that says which of {', '.join(map(repr, header))} it is; "
            "docs/example-map.toml shows how.",
        )
