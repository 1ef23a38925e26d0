"""Flink's REST API: of a JobManager, or of a History Server.

Source: "REST API" in Flink's documentation, version 1.13 to 2.3.
"""

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


class FlinkServer:
    """The jobs that a server knows.

    Args:
        url: where it is, e.g. ``http://jobmanager.example:8081``.

    Raises:
        RestURLError: it is none.
    """

    def __init__(self, url: str) -> None:
        self._rest = Rest(url, "the server of Flink", EXAMPLE)
        self.url = self._rest.url

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
            state not in STATUSES,
            0,
            partial(self._answers, identifier),
        )

    @contextmanager
    def _answers(self, identifier: str) -> Iterator[Answers]:
        yield ServerAnswers(self._rest, identifier)
