"""What the answers about one job add up to."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from ledger.capture.answers import Answers
from ledger.capture.answers import objects_in
from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of
from ledger.capture.flink_jobs.errors import FlinkJobError
from ledger.capture.flink_jobs.errors import MalformedAnswerError
from ledger.capture.flink_jobs.errors import NotTerminalError
from ledger.capture.flink_jobs.settings_kept import settings_in
from ledger.capture.flink_jobs.task_managers import TaskManagers
from ledger.capture.flink_jobs.task_managers import memory_of
from ledger.capture.flink_jobs.task_managers import slots_of
from ledger.capture.flink_jobs.vertices import Vertex
from ledger.capture.flink_jobs.vertices import count_failures
from ledger.capture.flink_jobs.vertices import vertex_of
from ledger.record.schema import Status

STATUSES = {
    "FINISHED": Status.SUCCEEDED,
    "FAILED": Status.FAILED,
    "CANCELED": Status.KILLED,
}
"""The states in which a job stays, for good (``JobStatus.isGloballyTerminalState``)."""

MOST_VERTICES = 10_000

_DIST = re.compile(r"flink-dist(?:_[\d.]{1,8})?-(\d[\w.-]{0,60}?)\.jar")
_JOBS = "/jobs/{}"


class Job:
    """A job that has ended.

    Args:
        answers: about it.

    Attributes:
        identifier: which Flink gave it.
        name: which its program gave it.
        kind: ``STREAMING`` or ``BATCH``; "": Flink does not say (before 2.0).
        version: of Flink; "": not known.
        status: how it ended.
        started: in milliseconds since 1970.
        milliseconds: from there to its end.
        vertices: in the order of the plan.
        sources: identifiers of those that read from no other.
        sinks: identifiers of those that no other reads from.
        task_managers: that it ran on.
        slots: of one of them; 0: not known.
        memory: of one of them, in bytes; 0: not known.
        settings: of the cluster.
        execution: ``execution-config``, with what the program calls its parameters.
        checkpoints: that were completed; None: there are none to count.

    Raises:
        NotTerminalError: it has not ended.
        MalformedAnswerError: an answer does not hold what Flink answers.
        FlinkJobError: there is nothing of it.
        UnavailableError: an answer cannot be had now.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.identifier = answers.identifier
        self._at = _JOBS.format(answers.identifier)
        about = answers.of(self._at)
        if about is None:
            raise FlinkJobError(
                f"there is nothing of the job {self.identifier}",
                hint="Flink forgets jobs (jobstore.expiration-time); its archives do not.",
            )
        try:
            self._read(about)
        except ValueError as error:
            raise MalformedAnswerError(self._at, str(error)) from error

    def _read(self, about: Any) -> None:
        state = text_of(about, "state")
        if state not in STATUSES:
            raise NotTerminalError(self.identifier, state)
        self.status = STATUSES[state]
        self.name = text_of(about, "name")
        self.kind = text_of(about, "job-type", most=20)
        self.started = count_of(about, "start-time")
        self.milliseconds = max(0, count_of(about, "end-time") - self.started)
        listed = objects_in(part_of(about, "vertices"))
        if len(listed) > MOST_VERTICES:
            raise ValueError(f"more than {MOST_VERTICES:,} vertices")
        self.vertices = [vertex_of(each) for each in listed]
        nodes = objects_in(part_of(about, "plan", "nodes"))
        self.sources, self.sinks = _ends(nodes)
        count_failures(self.vertices, self._failures())
        self.task_managers = self._ran_on(self.vertices)
        self._read_cluster()
        self.execution = part_of(self._answers.of(f"{self._at}/config"), "execution-config")
        counts = part_of(self._answers.of(f"{self._at}/checkpoints"), "counts")
        self.checkpoints = count_of(counts, "completed") if counts else None

    def _read_cluster(self) -> None:
        answer = self._answers.of(f"{self._at}/jobmanager/config")
        self.settings = settings_in(objects_in(answer or self._answers.of("/jobmanager/config")))
        one = self.task_managers.one
        about = self._answers.of(f"/taskmanagers/{quote(one, safe='')}") if one else None
        self.slots = slots_of(about, self.settings)
        self.memory = memory_of(about, self.settings)
        self.version = self._version()

    def _version(self) -> str:
        """By the JAR that the job's own cluster ran; else by the server, if that is the cluster."""
        environment = self._answers.of(f"{self._at}/jobmanager/environment")
        classpath = part_of(environment, "classpath")
        for jar in classpath if isinstance(classpath, list) else ():
            if found := _DIST.search(str(jar)):
                return found[1]
        about = self._answers.of("/config")
        if part_of(about, "features", "web-history"):
            return ""  # a History Server may be of another version than the clusters it shows
        return text_of(about, "flink-version", most=64)

    def _failures(self) -> Iterator[dict[str, Any]]:
        about = self._answers.of(f"{self._at}/exceptions")
        yield from objects_in(part_of(about, "exceptionHistory", "entries"))

    def _ran_on(self, vertices: list[Vertex]) -> TaskManagers:
        found = TaskManagers()
        for vertex in vertices:
            at = f"{self._at}/vertices/{quote(vertex.identifier, safe='')}"
            for subtask in objects_in(part_of(self._answers.of(at), "subtasks")):
                found.ran(subtask)
        return found


def _ends(nodes: list[dict[str, Any]]) -> tuple[frozenset[str], frozenset[str]]:
    """Vertices that read from no other, and those that no other reads from."""
    fed = {text_of(each, "id"): objects_in(each.get("inputs")) for each in nodes}
    read = {text_of(each, "id") for inputs in fed.values() for each in inputs}
    return frozenset(each for each in fed if not fed[each]), frozenset(set(fed) - read)
