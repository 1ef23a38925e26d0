"""A History Server of Spark, through its REST API.

Source: "REST API" in Spark's page on monitoring: ``/applications``, and ``…/logs`` for the event
logs of an attempt as a ZIP.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from ledger.capture.jsonlines import parse
from ledger.capture.source import Content
from ledger.capture.spark_events.parts import EventLog
from ledger.capture.spark_events.places import logs_of_content
from ledger.errors import InvalidInputError
from ledger.watch.source import Candidate
from ledger.watch.source import SourceUnavailableError

TIMEOUT_SECONDS = 60.0
ATTEMPTS = 4
BACKOFF_SECONDS = 0.5
MAX_LIST_BYTES = 256 << 20
MAX_LOG_BYTES = 64 << 30
_PIECE = 1 << 20


class HistoryServerURLError(InvalidInputError):
    """A URL is not one of a History Server."""


class HistoryServer:
    """The applications that a History Server knows.

    Args:
        url: where it is, e.g. ``http://history.example:18080``.

    Raises:
        HistoryServerURLError: it is none.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.hostname or parts.username:
            raise HistoryServerURLError(
                f"{parts.hostname or url[:100]!r} is not the URL of a History Server",
                hint="It looks like http://history.example:18080.",
            )
        self.url = parts._replace(query="", fragment="").geturl().rstrip("/")
        self._session = requests.Session()
        again = Retry(
            total=ATTEMPTS - 1,
            status_forcelist=(HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE),
            backoff_factor=BACKOFF_SECONDS,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def candidates(self) -> Iterator[Candidate]:
        """Every attempt at every application that it lists.

        Raises:
            SourceUnavailableError: it does not answer, or not as a History Server does.
        """
        listed = self._json("/api/v1/applications")
        if not isinstance(listed, list):
            raise self._unlike("no list of applications")
        for application in listed:
            try:
                identifier = str(application["id"])
                attempts = [dict(each) for each in application["attempts"]]
            except (KeyError, TypeError, ValueError) as error:
                raise self._unlike("an application without attempts") from error
            for attempt in attempts:
                yield self._candidate(identifier, attempt)

    def _candidate(self, identifier: str, attempt: dict[str, Any]) -> Candidate:
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
            with self._answered(path) as response, file.open("wb") as kept:
                self._copy(response, kept.write)
            content = Content(lambda: file.open("rb"), "logs.zip", "")
            yield next(logs_of_content(content, file.stat().st_size))

    def _copy(self, response: requests.Response, write: Any) -> None:
        done = 0
        try:
            for piece in response.iter_content(_PIECE):
                done += len(piece)
                if done > MAX_LOG_BYTES:
                    raise self._unlike(f"a log of more than {MAX_LOG_BYTES >> 30} GiB")
                write(piece)
        except requests.RequestException as error:
            raise self._unlike(f"a log that breaks off: {error}") from error

    def _json(self, path: str) -> Any:
        with self._answered(path) as response:
            pieces = bytearray()
            for piece in response.iter_content(_PIECE):
                pieces += piece
                if len(pieces) > MAX_LIST_BYTES:
                    raise self._unlike(f"a list of more than {MAX_LIST_BYTES >> 20} MiB")
        try:
            return parse(pieces.decode("utf-8"))
        except ValueError as error:
            raise self._unlike(f"no JSON ({error})") from error

    @contextmanager
    def _answered(self, path: str) -> Iterator[requests.Response]:
        try:
            with self._session.get(self.url + path, stream=True, timeout=TIMEOUT_SECONDS) as answer:
                answer.raise_for_status()
                yield answer
        except requests.RequestException as error:
            raise SourceUnavailableError(
                f"the History Server {self.url} does not answer: {error}",
                hint="Is it running, and is this its address? It is asked again.",
            ) from error

    def _unlike(self, reason: str) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"the History Server {self.url} answers with {reason}",
            hint="Is this its address, without /history or /api?",
        )
