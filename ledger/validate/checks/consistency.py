"""Contradictions: what a record says in one place and denies in another."""

from datetime import datetime

from ledger.record.schema import CommandOrigin
from ledger.record.schema import Metrics
from ledger.record.schema import Record
from ledger.record.schema import Status

STAGE_TOLERANCE = 1.01
"""A stage and its execution are often timed by different machines (executor and driver)."""

STAGE_SLACK_SECONDS = 1.0
"""Figures of execution and stage may each be rounded to whole seconds."""

SUM_TOLERANCE = 1.05
"""Figures of stages are often rounded to milliseconds or kilobytes one by one."""

CLOCK_SKEW_SECONDS = 600.0
"""Ten minutes. Contributors' clocks are not ours, and a block's timestamp may be some seconds
behind the time at which it is made (15 s on Ethereum before the Merge, 12 s since)."""


def stages(record: Record) -> str | None:
    """Reject a stage longer than its execution, and stages that used more than the execution did.

    Runtimes of stages are not added up: independent stages run side by side. What they used is:
    CPU time and shuffled bytes are counted the same way for a stage and for the whole. Bytes read
    and written are not (a framework counts its own records, a kernel its system calls).
    """
    longest = record.runtime_seconds * STAGE_TOLERANCE + STAGE_SLACK_SECONDS
    for number, stage in enumerate(record.stages):
        if stage.runtime_seconds > longest:
            return (
                f"stage {number} took {stage.runtime_seconds:.6g} s "
                f"of an execution of {record.runtime_seconds:.6g} s"
            )
    return _oversum(record, record.metrics) if record.metrics is not None else None


def _oversum(record: Record, whole: Metrics) -> str | None:
    parts = [stage.metrics for stage in record.stages if stage.metrics is not None]
    sums = (
        ("CPU seconds", whole.cpu_seconds, sum(part.cpu_seconds or 0 for part in parts)),
        (
            "bytes read in shuffles",
            whole.shuffle_read_bytes,
            sum(part.shuffle_read_bytes or 0 for part in parts),
        ),
        (
            "bytes written for shuffles",
            whole.shuffle_written_bytes,
            sum(part.shuffle_written_bytes or 0 for part in parts),
        ),
    )
    for what, total, together in sums:
        if total is not None and together > total * SUM_TOLERANCE + len(parts):
            return f"the stages sum to {together:.6g} {what}, the execution to {total:.6g}"
    return None


def time(record: Record, anchored_at: datetime) -> str | None:
    """Reject an execution that ended, or only began, after its record was anchored."""
    if record.started_at is None:
        return None
    # As numbers: a start in the year 9999 plus a runtime is no longer a datetime.
    ended = record.started_at.timestamp() + record.runtime_seconds
    late = ended - anchored_at.timestamp()
    if late > CLOCK_SKEW_SECONDS:
        return f"the execution ended {late:.6g} s after the block that anchored it"
    return None


def status(record: Record) -> str | None:
    """Reject success with an exit code that says otherwise, and failure with exit code 0.

    A killed command may well exit with 0: many tidy up on SIGTERM and leave as if all was done.
    """
    if not isinstance(record.origin, CommandOrigin) or record.origin.exit_code is None:
        return None
    code = record.origin.exit_code
    if record.status is Status.SUCCEEDED and code != 0:
        return f"succeeded with exit code {code}"
    if record.status is Status.FAILED and code == 0:
        return "failed with exit code 0"
    return None
