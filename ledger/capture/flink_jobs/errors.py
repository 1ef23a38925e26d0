"""What can be wrong with what Flink tells of a job."""

from ledger.capture.rows import TableError


class FlinkJobError(TableError):
    """What Flink tells of a job gives no record."""


class MalformedAnswerError(FlinkJobError):
    """An answer does not hold what Flink answers."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path}: {reason}",
            hint="Of an archive, copy the file again from where Flink keeps it "
            "(jobmanager.archive.fs.dir); of a server, is it Flink's?",
        )


class NotTerminalError(FlinkJobError):
    """The job has not ended."""

    def __init__(self, identifier: str, state: str) -> None:
        super().__init__(
            f"the job {identifier} is {state or 'in no state'}",
            hint="Take it when it is FINISHED, FAILED or CANCELED.",
        )


class NeverRanError(FlinkJobError):
    """None of its tasks ever ran, so that there is no cluster to tell of."""

    def __init__(self, identifier: str) -> None:
        super().__init__(
            f"the job {identifier} ended before any of its tasks had a task manager",
            hint="There is nothing to record of it.",
        )
