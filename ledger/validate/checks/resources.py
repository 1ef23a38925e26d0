"""Physics: what hardware cannot have done is not a measurement.

Every bound is generous on purpose. A wrong rejection costs an honest contributor their record,
while a forger who stays within the bounds gains little; the bounds exist to catch broken units,
broken clocks and invention without care.
"""

from collections.abc import Iterator

from ledger.record.schema import Cluster
from ledger.record.schema import CommandOrigin
from ledger.record.schema import Metrics
from ledger.record.schema import ProgramOrigin
from ledger.record.schema import Record

LONGEST_RUNTIME_SECONDS = 366 * 86_400
"""One year. Streaming jobs run for months between upgrades; beyond it the unit is wrong
(milliseconds taken for seconds)."""

CLOCK_SLACK_SECONDS = 0.1
"""Wall time and CPU time come from different clocks; the kernel accounts CPU time in ticks of up
to 10 ms (``CLK_TCK``), and frameworks round stages to milliseconds."""

CPU_TOLERANCE = 1.05
"""Turbo and steal time do not create CPU seconds; 5 % covers drift between the clocks."""

MOST_CORES_PER_NODE = 4_096
"""Where the cores are unknown: twice the 1,920 vCPUs of the largest machine on offer (AWS
u7inh-32tb, 2024)."""

MEMORY_TOLERANCE = 1.1
"""Machine memory is quoted in GB and measured in GiB: 7.4 % apart at the unit GB."""

SHARED_PAGES = 4
"""Around a command, or in a program, resident sizes are summed over processes, and a page that
forked workers share counts in each (psutil's RSS, see proc(5))."""

MOST_MEMORY_PER_NODE = 64 << 40
"""Where the memory is unknown: twice the 32 TiB of the same machine."""

MOST_BYTES_PER_NODE_SECOND = 2 * 10**12
"""2 TB/s. A byte that is read or written crosses memory at least once, and two sockets with 12
channels of DDR5-6400 each move 1.2 TB/s (AMD EPYC 9005 data sheet)."""


def runtime(record: Record) -> str | None:
    """Reject a runtime of zero, or of more than a year."""
    if record.runtime_seconds <= 0:
        return "the runtime is zero"
    if record.runtime_seconds > LONGEST_RUNTIME_SECONDS:
        return f"{record.runtime_seconds:.6g} s is longer than a year"
    return None


def cpu(record: Record) -> str | None:
    """Reject more CPU time than cores times wall time, for the execution and for each stage.

    Time in garbage collection is left out: frameworks add it up per task, so that one pause of a
    JVM counts once for every task it held up.
    """
    cores = _cores(record.cluster)
    for place, seconds, metrics in _measured(record):
        available = cores * (seconds * CPU_TOLERANCE + CLOCK_SLACK_SECONDS)
        if metrics.cpu_seconds is not None and metrics.cpu_seconds > available:
            return f"{place}: {metrics.cpu_seconds:.6g} CPU seconds, {available:.6g} possible"
    return None


def memory(record: Record) -> str | None:
    """Reject more resident memory than the cluster has, for the execution and for each stage."""
    cluster = record.cluster
    per_node = cluster.memory_bytes_per_node or MOST_MEMORY_PER_NODE
    shared = SHARED_PAGES if isinstance(record.origin, CommandOrigin | ProgramOrigin) else 1
    available = cluster.nodes * per_node * MEMORY_TOLERANCE * shared
    for place, _seconds, metrics in _measured(record):
        if metrics.peak_memory_bytes is not None and metrics.peak_memory_bytes > available:
            return f"{place}: {metrics.peak_memory_bytes:,} bytes, {available:,.0f} possible"
    return None


def transfer(record: Record) -> str | None:
    """Reject more bytes than memory can move in the time, for the execution and for each stage.

    They are not compared with the size of the input: a query may read a footer of a petabyte, and
    an iterative job its input a hundred times.
    """
    per_second = record.cluster.nodes * MOST_BYTES_PER_NODE_SECOND
    for place, seconds, metrics in _measured(record):
        possible = per_second * (seconds + CLOCK_SLACK_SECONDS)
        for what, moved in _moved(metrics):
            if moved is not None and moved > possible:
                return f"{place}: {what} {moved:,} bytes, {possible:,.0f} possible"
    return None


def _cores(cluster: Cluster) -> int:
    return cluster.nodes * (cluster.cores_per_node or MOST_CORES_PER_NODE)


def _measured(record: Record) -> Iterator[tuple[str, float, Metrics]]:
    if record.metrics is not None:
        yield "execution", record.runtime_seconds, record.metrics
    for number, stage in enumerate(record.stages):
        if stage.metrics is not None:
            yield f"stage {number}", stage.runtime_seconds, stage.metrics


def _moved(metrics: Metrics) -> tuple[tuple[str, int | None], ...]:
    return (
        ("read", metrics.read_bytes),
        ("written", metrics.written_bytes),
        ("read in shuffles", metrics.shuffle_read_bytes),
        ("written for shuffles", metrics.shuffle_written_bytes),
        ("spilled", metrics.spilled_bytes),
    )
