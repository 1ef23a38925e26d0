"""What the events of one application add up to."""

from collections.abc import Callable
from typing import Any

from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of
from ledger.capture.spark_events.errors import MalformedEventError
from ledger.capture.spark_events.errors import NoApplicationError
from ledger.capture.spark_events.events import Event
from ledger.capture.spark_events.executors import Executors
from ledger.capture.spark_events.stages import Stages
from ledger.record.schema import Status

MOST_JOBS_AT_ONCE = 100_000
MOST_PROPERTIES = 20_000
MAX_PROPERTY_LENGTH = 8192
_CANCELLED = ("cancelled", "SparkContext was shut down")


class Application:
    """Takes events in, in their order.

    Attributes:
        name: of the application.
        identifier: which the cluster manager gave it.
        attempt: number or name of the attempt; "": there is only one.
        version: of Spark.
        started: in milliseconds since 1970.
        ended: the same; None: it has no end yet.
        last_seen: the latest moment that an event tells of.
        properties: settings of Spark.
        command: the command line of the driver's JVM.
    """

    def __init__(self) -> None:
        self.name = ""
        self.identifier = ""
        self.attempt = ""
        self.version = ""
        self.started = 0
        self.ended: int | None = None
        self.last_seen = 0
        self.properties: dict[str, str] = {}
        self.command = ""
        self.stages = Stages()
        self.executors = Executors()
        self._exit_code = 0
        self._running: set[int] = set()
        self._last_failure: str | None = None
        self._takes: dict[str, Callable[[dict[str, Any]], None]] = {
            "SparkListenerLogStart": self._log_started,
            "SparkListenerApplicationStart": self._began,
            "SparkListenerApplicationEnd": self._ended,
            "SparkListenerEnvironmentUpdate": self._environment,
            "SparkListenerJobStart": self._job_began,
            "SparkListenerJobEnd": self._job_ended,
            "SparkListenerStageSubmitted": self.stages.submitted,
            "SparkListenerStageCompleted": self.stages.completed,
            "SparkListenerTaskEnd": self._task_ended,
            "SparkListenerStageExecutorMetrics": self.executors.measured,
            "SparkListenerExecutorAdded": self._executor_added,
            "SparkListenerExecutorRemoved": self._executor_removed,
        }

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that say something here."""
        return frozenset(self._takes)

    def take(self, event: Event) -> None:
        """Add one event.

        Raises:
            MalformedEventError: it does not hold what Spark writes.
        """
        try:
            self._takes[event.name](event.value)
        except ValueError as error:
            raise MalformedEventError(event.line, f"{event.name}: {error}") from error

    def require_started(self, line: int) -> None:
        """Check that the log is of an application.

        Raises:
            NoApplicationError: it does not say of which.
        """
        if not self.started or not self.identifier:
            raise NoApplicationError(line)

    @property
    def status(self) -> Status:
        """How it ended.

        By the last job that ended: an application that works on after a job has failed got over
        it. An exit code (Spark 4.0 on) is believed where it tells of a failure: 0 is what PySpark
        says of itself, however its script ends.
        """
        if self.ended is None:
            return Status.KILLED
        if self._exit_code:
            return Status.FAILED
        if self._running:
            return Status.KILLED
        if self._last_failure is None:
            return Status.SUCCEEDED
        cut_short = any(word in self._last_failure for word in _CANCELLED)
        return Status.KILLED if cut_short else Status.FAILED

    @property
    def milliseconds(self) -> int:
        """From its start to its end, or to the last thing that is known of it."""
        return max(0, (self.last_seen if self.ended is None else self.ended) - self.started)

    def _log_started(self, event: dict[str, Any]) -> None:
        self.version = text_of(event, "Spark Version", most=64)

    def _began(self, event: dict[str, Any]) -> None:
        if self.started:
            raise ValueError("a second application in one log")
        self.name = text_of(event, "App Name")
        self.identifier = text_of(event, "App ID")
        self.attempt = text_of(event, "App Attempt ID", most=64)
        self.started = count_of(event, "Timestamp")
        self._seen(self.started)

    def _ended(self, event: dict[str, Any]) -> None:
        self.ended = count_of(event, "Timestamp")
        if part_of(event, "ExitCode") is not None:
            self._exit_code = int(part_of(event, "ExitCode") != 0)

    def _environment(self, event: dict[str, Any]) -> None:
        properties = part_of(event, "Spark Properties")
        if isinstance(properties, dict):
            for name, value in list(properties.items())[:MOST_PROPERTIES]:
                if isinstance(value, str):
                    self.properties[name[:256]] = value[:MAX_PROPERTY_LENGTH]
        command = text_of(event, "System Properties", "sun.java.command", most=1 << 16)
        self.command = command or self.command

    def _job_began(self, event: dict[str, Any]) -> None:
        if len(self._running) == MOST_JOBS_AT_ONCE:
            raise ValueError(f"more than {MOST_JOBS_AT_ONCE:,} jobs at once")
        self._running.add(count_of(event, "Job ID"))
        self._seen(count_of(event, "Submission Time"))

    def _job_ended(self, event: dict[str, Any]) -> None:
        self._running.discard(count_of(event, "Job ID"))
        self._seen(count_of(event, "Completion Time"))
        failed = text_of(event, "Job Result", "Result") == "JobFailed"
        reason = text_of(event, "Job Result", "Exception", "Message", most=2000)
        self._last_failure = reason if failed else None

    def _task_ended(self, event: dict[str, Any]) -> None:
        self.stages.task_ended(event)
        self.executors.measured(event)
        self._seen(count_of(event, "Task Info", "Finish Time"))

    def _executor_added(self, event: dict[str, Any]) -> None:
        self.executors.added(event)
        self._seen(count_of(event, "Timestamp"))

    def _executor_removed(self, event: dict[str, Any]) -> None:
        self.executors.removed(event)
        self._seen(count_of(event, "Timestamp"))

    def _seen(self, moment: int) -> None:
        self.last_seen = max(self.last_seen, moment)
