"""What can be wrong with what Hadoop tells of a job."""

from ledger.capture.rows import TableError


class HadoopJobError(TableError):
    """What Hadoop tells of a job gives no record."""


class MalformedAnswerError(HadoopJobError):
    """An answer does not hold what Hadoop answers."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}", hint="Is this server one of Hadoop's?")


class NotTerminalError(HadoopJobError):
    """The job has not ended."""

    def __init__(self, identifier: str, state: str) -> None:
        super().__init__(
            f"{identifier} is {state or 'in no state'}", hint="Take it when it has ended."
        )


class NoNodesError(HadoopJobError):
    """Nobody says how many nodes there were."""

    def __init__(self, identifier: str) -> None:
        super().__init__(
            f"nobody says on how many nodes {identifier} ran",
            hint="Say it in a map (docs/hadoop.md): cluster.nodes.",
        )
