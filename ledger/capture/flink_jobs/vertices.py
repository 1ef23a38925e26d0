"""Vertices of a job: the operators that run as one task, in a number of subtasks."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of

_SUBTASK = re.compile(r" \(\d{1,9}/\d{1,9}\).*", re.DOTALL)
_NOT_A_NUMBER = "NaN"


@dataclass(slots=True)
class Vertex:
    """A vertex.

    Attributes:
        identifier: 32 hexadecimal digits.
        name: as Flink has it.
        parallelism: number of subtasks.
        started: in milliseconds since 1970; 0: it never did.
        milliseconds: from the start of its first subtask to the end of its last.
        figures: bytes, records and times by Flink's names; absent where they are not measured.
        failures: of its subtasks, as far as Flink remembers them.
    """

    identifier: str
    name: str
    parallelism: int
    started: int
    milliseconds: int
    figures: dict[str, int] = field(default_factory=dict)
    failures: int = 0


def vertex_of(value: dict[str, Any]) -> Vertex:
    """A vertex of ``/jobs/:jobid``.

    Raises:
        ValueError: it does not hold what Flink answers.
    """
    started = count_of(value, "start-time")
    return Vertex(
        text_of(value, "id"),
        text_of(value, "name", most=1 << 16),
        count_of(value, "parallelism"),
        started,
        count_of(value, "duration") if started else 0,
        dict(_figures(part_of(value, "metrics"))),
    )


def count_failures(vertices: Iterable[Vertex], entries: Iterable[dict[str, Any]]) -> None:
    """Add the failures that ``/jobs/:jobid/exceptions`` tells of to the vertices they hit."""
    failed: Counter[str] = Counter()
    for entry in entries:
        concurrent = part_of(entry, "concurrentExceptions")
        for each in (entry, *(concurrent if isinstance(concurrent, list) else ())):
            failed[_SUBTASK.sub("", text_of(each, "taskName", most=1 << 16))] += 1
    for vertex in vertices:
        vertex.failures += failed[vertex.name]


def _figures(metrics: Any) -> Iterable[tuple[str, int]]:
    for name, value in metrics.items() if isinstance(metrics, dict) else ():
        # What a subtask does not measure, Flink tells as NaN, which JSON has as a text.
        if value != _NOT_A_NUMBER and not isinstance(value, bool):
            yield name, count_of(metrics, name)
