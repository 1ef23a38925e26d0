"""What can be wrong with an event log."""

from ledger.capture.rows import TableError
from ledger.errors import UnavailableError


class EventLogError(TableError):
    """An event log gives no record.

    Attributes:
        line: line of its events at fault, counted from 1 over all parts; 0: none in particular.
    """

    def __init__(self, message: str, *, hint: str = "", line: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.line = line


class MalformedEventError(EventLogError):
    """A line is no event, or an event does not hold what Spark writes."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(
            f"line {line}: {reason}",
            hint="Copy the log again from where Spark or the History Server keeps it.",
            line=line,
        )


class NotFinishedError(EventLogError):
    """The application has not ended, as far as its log says."""

    def __init__(self, application: str, line: int) -> None:
        super().__init__(
            f"{application} has no end in this log: it still runs, or was killed",
            hint="Take it when it has ended. If it was killed, `perfledger import --killed` takes "
            "it as that, up to its last event.",
            line=line,
        )


class NoApplicationError(EventLogError):
    """The log does not say which application it is of."""

    def __init__(self, line: int) -> None:
        super().__init__(
            "there is no start of an application in this log",
            hint="Of a rolling log, give its folder (eventlog_v2_…) or a ZIP of it, not one part.",
            line=line,
        )


class NoExecutorsError(EventLogError):
    """Nothing ever ran, so that there is no cluster to tell of."""

    def __init__(self, application: str) -> None:
        super().__init__(
            f"{application} ended before it had an executor",
            hint="There is nothing to record of it.",
        )


class LogUnavailableError(UnavailableError):
    """The bytes of a log are not to be had now; later they may be."""


class UnreadableLogError(EventLogError):
    """The bytes of a log cannot be had: damaged, or compressed in a way that is not read."""
