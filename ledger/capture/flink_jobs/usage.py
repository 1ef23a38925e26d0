"""What a job and its vertices used."""

from collections.abc import Collection

from ledger.capture.flink_jobs.job import Job
from ledger.capture.flink_jobs.names import harmless_name
from ledger.capture.flink_jobs.vertices import Vertex
from ledger.record.schema import Metrics
from ledger.record.schema import Stage

MOST_STAGES = 256
"""Of a record: those that took longest. More would not fit into its 256 KiB."""


def usage_of(job: Job) -> Metrics:
    """What all vertices of a job used.

    What the first ones read and the last ones put out comes from, and goes, outside; the rest goes
    from vertex to vertex.
    """
    every = job.vertices
    first = [each for each in every if each.identifier in job.sources]
    last = [each for each in every if each.identifier in job.sinks]
    return Metrics(
        read_bytes=_beyond(first, "read-bytes"),
        written_bytes=_beyond(last, "write-bytes"),
        shuffle_read_bytes=_total([each for each in every if each not in first], "read-bytes"),
        shuffle_written_bytes=_total([each for each in every if each not in last], "write-bytes"),
        read_records=_beyond(first, "read-records"),
        written_records=_beyond(last, "write-records"),
        busy_seconds=_seconds(every, "accumulated-busy-time"),
        backpressured_seconds=_seconds(every, "accumulated-backpressured-time"),
        restarts=job.task_managers.attempts,
        checkpoints=job.checkpoints,
    )


def stages_of(job: Job) -> list[Stage]:
    """The vertices that took longest, in the order they began."""
    ran = [each for each in job.vertices if each.started]
    longest = sorted(ran, key=lambda each: -each.milliseconds)[:MOST_STAGES]
    kept = {each.identifier for each in longest}
    in_order = sorted(ran, key=lambda each: each.started)
    return [_stage(each, job) for each in in_order if each.identifier in kept]


def _stage(vertex: Vertex, job: Job) -> Stage:
    alone = [vertex]
    is_first, is_last = vertex.identifier in job.sources, vertex.identifier in job.sinks
    return Stage(
        name=harmless_name(vertex.name),
        runtime_seconds=vertex.milliseconds / 1000,
        tasks=vertex.parallelism or None,
        failed_tasks=vertex.failures,
        metrics=Metrics(
            read_bytes=_beyond(alone, "read-bytes") if is_first else None,
            written_bytes=_beyond(alone, "write-bytes") if is_last else None,
            shuffle_read_bytes=None if is_first else _total(alone, "read-bytes"),
            shuffle_written_bytes=None if is_last else _total(alone, "write-bytes"),
            read_records=(_beyond if is_first else _total)(alone, "read-records"),
            written_records=(_beyond if is_last else _total)(alone, "write-records"),
            busy_seconds=_seconds(alone, "accumulated-busy-time"),
            backpressured_seconds=_seconds(alone, "accumulated-backpressured-time"),
        ),
    )


def _beyond(vertices: Collection[Vertex], figure: str) -> int | None:
    """What went to or came from outside; connectors that do not count it tell 0."""
    return _total(vertices, figure) or None


def _total(vertices: Collection[Vertex], figure: str) -> int | None:
    found = [each.figures[figure] for each in vertices if figure in each.figures]
    return sum(found) if found else None


def _seconds(vertices: Collection[Vertex], figure: str) -> float | None:
    total = _total(vertices, figure)
    return None if total is None else total / 1000
