"""What was measured and said, as the plain values of a record.

Whoever wrote the program may have said anything. What no record can hold is left out, with a
warning, and the rest is recorded. Whether a record comes of it the taker finds out: checking it
here would take the program the time to import the schema.
"""

import logging
import math
import os
import platform
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

from ledger.capture import machine
from ledger.recording.run import Run
from ledger.recording.run import Stage

_log = logging.getLogger(__name__)

MOST_CHARACTERS = 4_096
MOST_NAME_CHARACTERS = 256
_LARGEST_EXACT = (1 << 53) - 1


def draft_of(
    run: Run,
    *,
    started_at: datetime,
    runtime_seconds: float,
    measured: Mapping[str, float],
    error: BaseException | None,
) -> dict[str, Any]:
    """The record of a run that has ended, as JSON takes it.

    Args:
        run: what the program said of it.
        started_at: when it began.
        runtime_seconds: how long it took.
        measured: figures under the names of a record's metrics.
        error: what ended it, if that is how it ended.
    """
    version = platform.python_version() if run.framework == "python" else None
    return _present(
        {
            "job": {
                "name": _name(run.job),
                "framework": _present(
                    {"name": _name(run.framework), "version": run.framework_version or version}
                ),
                "parameters": scalars(run.parameters, "parameter"),
            },
            "input": _present(
                {"size_bytes": run.input_bytes, "characteristics": scalars(run.traits, "trait")}
            ),
            "cluster": _cluster(run),
            "configuration": scalars(run.configuration, "setting"),
            "started_at": started_at.isoformat().replace("+00:00", "Z"),
            "runtime_seconds": runtime_seconds,
            "status": status_of(error),
            "metrics": {**measured, **scalars(run.metrics, "figure")},
            "stages": [_stage(each) for each in run.stages],
            "origin": _present(
                {
                    "kind": "program",
                    "run_id": run.run_id,
                    "function": run.function and _name(run.function),
                    "error": _name(_type_of(error)) if _is_fault(error) else None,
                }
            ),
        }
    )


def status_of(error: BaseException | None) -> str:
    """How a run ended: an interrupt or a cancellation from outside killed it."""
    if not _is_fault(error):
        return "succeeded"
    return "failed" if isinstance(error, Exception | SystemExit) else "killed"


def scalars(given: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Those values that a record can hold, as it holds them; the others are told and left out."""
    kept = {}
    for name, value in given.items():
        scalar = _scalar(value)
        if scalar is None:
            if value is not None:
                _log.warning(
                    "the %s %r is a %s and not recorded", what, name, type(value).__qualname__
                )
            continue
        kept[_name(name)] = scalar
    return kept


def _scalar(value: Any) -> bool | float | str | None:
    if isinstance(value, Enum):
        value = value.value
    elif isinstance(value, os.PathLike):
        value = os.fspath(value)
    elif not isinstance(value, bool | int | float | str) and callable(
        item := getattr(value, "item", None)
    ):
        try:
            value = item()  # a number of numpy, or of what behaves like it
        except Exception:  # noqa: BLE001 - an array of several; whatever it is, it is no scalar
            return None
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = value.encode("utf-8", "replace").decode()
        return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
    if isinstance(value, int):
        return int(value) if abs(value) <= _LARGEST_EXACT else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return None


def _cluster(run: Run) -> dict[str, Any]:
    said = {
        "nodes": run.nodes,
        "cores_per_node": run.cores,
        "machine_type": run.machine_type and _name(run.machine_type),
    }
    return {**this_machine(), **_present(said)}


@cache
def this_machine() -> dict[str, Any]:
    """The cluster that `ledger.capture.machine.local_cluster` is, as plain values; asked once."""
    return {
        "nodes": 1,
        "machine_type": _name(machine.cpu_model()),
        "cores_per_node": machine.available_cores(),
        "memory_bytes_per_node": machine.available_memory_bytes(),
        "provider": machine.LOCAL_PROVIDER,
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return _present(
        {
            "name": _name(stage.name),
            "runtime_seconds": stage.runtime_seconds,
            "tasks": stage.tasks,
            "failed_tasks": stage.failed_tasks,
            "metrics": scalars(stage.metrics, "figure"),
        }
    )


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != {}}


def _name(value: Any) -> str:
    text = str(value).encode("utf-8", "replace").decode()
    return text if len(text) <= MOST_NAME_CHARACTERS else text[: MOST_NAME_CHARACTERS - 1] + "…"


def _is_fault(error: BaseException | None) -> bool:
    """An exit with code 0 is none."""
    return error is not None and not (isinstance(error, SystemExit) and error.code in (None, 0))


def _type_of(error: BaseException | None) -> str:
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
