"""A History Server of Spark, through its REST API.

Source: "REST API" in Spark's page on monitoring: ``/applications``, and ``…/logs`` for the event
logs of an attempt as a ZIP.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from ledger.capture.source import Content
from ledger.capture.spark_events.parts import EventLog
from ledger.capture.spark_events.places import logs_of_content
from ledger.watch.rest import Rest
from ledger.watch.source import Candidate

MAX_LOG_BYTES = 64 << 30


class HistoryServer:
    """The applications that a History Server knows.

    Args:
        url: where it is, e.g. ``http://history.example:18080``.

    Raises:
        RestURLError: it is none.
    """

    def __init__(self, url: str) -> None:
        self._rest = Rest(url, "the History Server", "http://history.example:18080")
        self.url = self._rest.url

    def candidates(self) -> Iterator[Candidate[EventLog]]:
        """Every attempt at every application that it lists.

        Raises:
            SourceUnavailableError: it does not answer, or not as a History Server does.
        """
        listed = self._rest.json("/api/v1/applications")
        if not isinstance(listed, list):
            raise self._rest.unlike("no list of applications")
        for application in listed:
            try:
                identifier = str(application["id"])
                attempts = [dict(each) for each in application["attempts"]]
            except (KeyError, TypeError, ValueError) as error:
                raise self._rest.unlike("an application without attempts") from error
            for attempt in attempts:
                yield self._candidate(identifier, attempt)

    def _candidate(self, identifier: str, attempt: dict[str, Any]) -> Candidate[EventLog]:
        number = str(attempt.get("attemptId") or "")
        path = "/".join(quote(each, safe="") for each in (identifier, number) if each)
        changed = attempt.get("lastUpdatedEpoch")
        return Candidate(
            f"{identifier}_{number}" if number else identifier,
            f"{changed} {attempt.get('completed')}",
            changed / 1000 if isinstance(changed, int) and changed > 0 else None,
            attempt.get("completed") is not True,
            0,
            partial(self._log, f"/api/v1/applications/{path}/logs"),
        )

    @contextmanager
    def _log(self, path: str) -> Iterator[EventLog]:
        with TemporaryDirectory(prefix="perfledger-") as folder:
            file = Path(folder) / "logs.zip"
            with file.open("wb") as kept:
                self._rest.copy(path, kept.write, MAX_LOG_BYTES)
            content = Content(lambda: file.open("rb"), "logs.zip", "")
            yield next(logs_of_content(content, file.stat().st_size))
