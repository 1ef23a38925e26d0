"""Which settings of Flink a record keeps: those that runtime depends on.

None of them tells who ran it, where, or with which credentials.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from ledger.capture.figures import part_of
from ledger.capture.redaction import redact_values
from ledger.record.schema import Scalar

MAX_VALUE_LENGTH = 256
MOST_SETTINGS = 20_000
MAX_SETTING_LENGTH = 8192

OF_EXECUTION = (
    "execution-mode",
    "job-parallelism",
    "object-reuse-mode",
    "restart-strategy",
)
"""Of ``execution-config`` in ``/jobs/:jobid/config``."""

KEPT = (
    "cluster.evenly-spread-out-slots",
    "execution.batch-shuffle-mode",
    "execution.buffer-timeout",
    "execution.buffer-timeout.interval",
    "execution.checkpointing.incremental",
    "execution.checkpointing.interval",
    "execution.checkpointing.max-concurrent-checkpoints",
    "execution.checkpointing.min-pause",
    "execution.checkpointing.mode",
    "execution.checkpointing.unaligned",
    "execution.checkpointing.unaligned.enabled",
    "execution.runtime-mode",
    "jobmanager.adaptive-batch-scheduler.avg-data-volume-per-task",
    "jobmanager.execution.failover-strategy",
    "jobmanager.memory.process.size",
    "jobmanager.scheduler",
    "parallelism.default",
    "pipeline.max-parallelism",
    "pipeline.object-reuse",
    "pipeline.operator-chaining",
    "pipeline.operator-chaining.enabled",
    "restart-strategy",
    "restart-strategy.type",
    "state.backend",
    "state.backend.incremental",
    "state.backend.rocksdb.memory.managed",
    "state.backend.type",
    "table.exec.mini-batch.enabled",
    "table.exec.mini-batch.size",
    "table.exec.resource.default-parallelism",
    "table.optimizer.agg-phase-strategy",
    "table.optimizer.join-reorder-enabled",
    "taskmanager.cpu.cores",
    "taskmanager.memory.flink.size",
    "taskmanager.memory.framework.off-heap.size",
    "taskmanager.memory.managed.fraction",
    "taskmanager.memory.managed.size",
    "taskmanager.memory.network.fraction",
    "taskmanager.memory.network.max",
    "taskmanager.memory.network.min",
    "taskmanager.memory.process.size",
    "taskmanager.memory.segment-size",
    "taskmanager.memory.task.heap.size",
    "taskmanager.memory.task.off-heap.size",
    "taskmanager.network.blocking-shuffle.compression.enabled",
    "taskmanager.network.memory.buffers-per-channel",
    "taskmanager.network.memory.floating-buffers-per-gate",
    "taskmanager.network.sort-shuffle.min-buffers",
    "taskmanager.network.sort-shuffle.min-parallelism",
    "taskmanager.numberOfTaskSlots",
)
"""Of the cluster; listed in docs/flink.md too. A map adds others by name."""


def settings_in(answer: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The settings of ``/jobs/:jobid/jobmanager/config``, by name."""
    pairs = ((each.get("key"), each.get("value")) for each in answer)
    found: dict[str, str] = {}
    for key, value in pairs:
        if isinstance(key, str) and isinstance(value, str) and len(found) < MOST_SETTINGS:
            found[key[:256]] = value[:MAX_SETTING_LENGTH]
    return found


def kept_settings(settings: Mapping[str, str], execution: Any) -> dict[str, Scalar]:
    """Those that a record keeps, without credentials.

    Args:
        settings: of the cluster.
        execution: ``execution-config`` of the job.
    """
    found: dict[str, Scalar] = {
        name: settings[name][:MAX_VALUE_LENGTH] for name in KEPT if name in settings
    }
    for name in OF_EXECUTION:
        value = part_of(execution, name)
        if isinstance(value, str):
            found[name] = value[:MAX_VALUE_LENGTH]
        elif isinstance(value, bool | int):
            found[name] = value
    return redact_values(found)
