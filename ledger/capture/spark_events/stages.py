"""Stages, and what their tasks add up to; tasks themselves are not kept."""

import heapq
import re
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of
from ledger.capture.redaction import redact_text
from ledger.capture.spark_events.usage import Usage
from ledger.capture.spark_events.usage import usage_of_task
from ledger.record.schema import Stage

MOST_STAGES = 256
"""Of a record: those that took longest. More would not fit into its 256 KiB."""

MOST_RUNNING = 10_000
"""At one time; Spark's own driver does not manage so many."""

MOST_SOURCES = 100_000
MOST_NAME = 256

_FOLDERS = re.compile(r"(?<= at )\S*/")
"""Python's call sites are whole paths, and often name who started the job."""

Key = tuple[int, int]
"""Id of a stage, and number of its attempt."""


@dataclass(slots=True)
class StageTally:
    """A stage, or an attempt at it.

    Attributes:
        order: by start.
        name: without folders.
        tasks: of how many it consists.
        first: when its first task started, in milliseconds since 1970; 0: none has ended.
        last: when its last task ended.
        failed: failed attempts of tasks.
        sources: what it reads from outside, by ids of RDDs.
    """

    order: int
    name: str
    tasks: int
    first: int = 0
    last: int = 0
    failed: int = 0
    read_well: int = 0
    sources: frozenset[int] = frozenset()
    usage: Usage = field(default_factory=Usage)

    @property
    def milliseconds(self) -> int:
        """From the start of its first task to the end of its last."""
        return max(0, self.last - self.first)

    def stage(self) -> Stage:
        """The same in a record.

        Raises:
            ValueError: a sum is beyond all measure.
        """
        return Stage(
            name=redact_text(self.name)[:MOST_NAME],
            runtime_seconds=self.milliseconds / 1000,
            tasks=self.tasks or None,
            failed_tasks=self.failed,
            metrics=self.usage.metrics(),
        )


class Stages:
    """The stages of an application.

    Attributes:
        usage: of all tasks of all stages.
        input_bytes: read from outside, every source once: an iteration that reads its input again,
            from a file or from memory, has no larger input.
        count: of attempts at stages that ran tasks.
    """

    def __init__(self) -> None:
        self.usage = Usage()
        self.input_bytes = 0
        self.count = 0
        self._started = 0
        self._running: dict[Key, StageTally] = {}
        self._longest: list[tuple[int, int, StageTally]] = []
        self._seen: set[int] = set()

    def submitted(self, event: dict[str, Any]) -> None:
        """A stage begins.

        Raises:
            ValueError: the event does not hold what it should.
        """
        if len(self._running) == MOST_RUNNING:
            raise ValueError(f"more than {MOST_RUNNING:,} stages at once")
        info = part_of(event, "Stage Info")
        self._started += 1
        self._running[_key(info, "Stage Attempt ID")] = StageTally(
            self._started,
            _FOLDERS.sub("", text_of(info, "Stage Name")).strip() or "stage",
            count_of(info, "Number of Tasks"),
            sources=frozenset(_sources(part_of(info, "RDD Info"))),
        )

    def task_ended(self, event: dict[str, Any]) -> None:
        """A task ended, well or not.

        Raises:
            ValueError: the event does not hold what it should.
        """
        used = usage_of_task(event)
        self.usage.add(used)
        stage = self._running.get(_key(event, "Stage Attempt ID"))
        if stage is None:  # a task that was given up, told after its stage had ended
            return
        stage.usage.add(used)
        launched = count_of(event, "Task Info", "Launch Time")
        stage.first = min(stage.first or launched, launched)
        stage.last = max(stage.last, count_of(event, "Task Info", "Finish Time"))
        reason = text_of(event, "Task End Reason", "Reason")
        if reason == "Success":
            stage.read_well += used.read
        elif reason != "TaskKilled":  # which is what becomes of the slower of two attempts
            stage.failed += 1

    def completed(self, event: dict[str, Any]) -> None:
        """A stage ended, well or not.

        Raises:
            ValueError: the event does not hold what it should.
        """
        info = part_of(event, "Stage Info")
        stage = self._running.pop(_key(info, "Stage Attempt ID"), None)
        if stage is None:
            return
        if not text_of(info, "Failure Reason"):
            self._count_input(stage)
        self._keep(stage)

    def longest(self) -> list[Stage]:
        """Those that took longest, in the order they began.

        Raises:
            ValueError: a sum is beyond all measure.
        """
        for stage in self._running.values():  # what ran when the application ended
            self._keep(stage)
        self._running.clear()
        kept = sorted((stage for _, _, stage in self._longest), key=lambda stage: stage.order)
        return [stage.stage() for stage in kept]

    def _count_input(self, stage: StageTally) -> None:
        new = stage.sources - self._seen
        if new and stage.read_well:
            self.input_bytes += stage.read_well
            if len(self._seen) < MOST_SOURCES:
                self._seen |= new

    def _keep(self, stage: StageTally) -> None:
        if not stage.first:
            return
        self.count += 1
        heapq.heappush(self._longest, (stage.milliseconds, -stage.order, stage))
        if len(self._longest) > MOST_STAGES:
            heapq.heappop(self._longest)


def _key(value: Any, attempt: str) -> Key:
    return count_of(value, "Stage ID"), count_of(value, attempt)


def _sources(rdds: Any) -> Iterable[int]:
    """The RDDs of a stage that come from no other: files, tables, or what the driver holds."""
    for rdd in rdds if isinstance(rdds, list) else ():
        if not part_of(rdd, "Parent IDs"):
            yield count_of(rdd, "RDD ID")
