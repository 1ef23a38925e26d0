"""Flink's REST API: of a JobManager, or of a History Server.

Source: "REST API" in Flink's documentation, version 1.13 to 2.3.
"""

import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from ledger.capture.answers import Answers
from ledger.capture.figures import count_of
from ledger.capture.figures import text_of
from ledger.capture.flink_jobs.job import STATUSES
from ledger.watch.rest import Rest
from ledger.watch.rest import ServerAnswers
from ledger.watch.source import Candidate

EXAMPLE = "http://jobmanager.example:8081"

SETTLED_SECONDS = 5.0
"""So long after a job has ended a JobManager may still answer as it did before: it keeps each of
its answers for 3 s (``web.refresh-interval``).
"""


class FlinkServer:
    """The jobs that a server knows.

    Args:
        url: where it is, e.g. ``http://jobmanager.example:8081``.
        clock: seconds since 1970.

    Raises:
        RestURLError: it is none.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._rest = Rest(url, "the server of Flink", EXAMPLE)
        self.url = self._rest.url
        self._clock = clock

    def candidates(self) -> Iterator[Candidate[Answers]]:
        """Every job that it lists.

        Raises:
            SourceUnavailableError: it does not answer, or not as Flink does.
        """
        listed = self._rest.json("/jobs/overview")
        jobs = listed.get("jobs") if isinstance(listed, dict) else None
        if not isinstance(jobs, list):
            raise self._rest.unlike("no list of jobs")
        for job in jobs:
            yield self._candidate(job)

    def _candidate(self, job: Any) -> Candidate[Answers]:
        try:
            identifier, state = text_of(job, "jid"), text_of(job, "state")
            changed = count_of(job, "last-modification")
        except ValueError as error:
            raise self._rest.unlike(f"a job whose {error}") from error
        if not identifier.isalnum():
            raise self._rest.unlike("a job without an identifier")
        return Candidate(
            identifier,
            f"{state} {changed}",
            changed / 1000 or None,
            state not in STATUSES or self._is_fresh(changed / 1000),
            0,
            partial(self._answers, identifier),
        )

    def _is_fresh(self, changed: float) -> bool:
        """Whether a job has just ended; where clocks differ by more, nobody can tell."""
        return abs(self._clock() - changed) < SETTLED_SECONDS

    @contextmanager
    def _answers(self, identifier: str) -> Iterator[Answers]:
        yield ServerAnswers(self._rest, identifier)
