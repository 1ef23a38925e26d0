"""A server of a framework, through its REST API: asked again where it does not answer, bounded."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from ledger.capture.jsonlines import parse
from ledger.errors import InvalidInputError
from ledger.watch.source import SourceUnavailableError

TIMEOUT_SECONDS = 60.0
ATTEMPTS = 4
BACKOFF_SECONDS = 0.5
MAX_ANSWER_BYTES = 256 << 20
_PIECE = 1 << 20


class RestURLError(InvalidInputError):
    """A URL is not one of such a server."""


class Rest:
    """A server.

    Args:
        url: where it is, e.g. ``http://history.example:18080``.
        what: what it is to people, e.g. "the History Server".
        example: of its URL.

    Attributes:
        url: without what is no part of its address; holds no credentials.

    Raises:
        RestURLError: it is no such URL.
    """

    def __init__(self, url: str, what: str, example: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise RestURLError(
                f"{parts.hostname or url[:100]!r} is not the URL of {what}",
                hint=f"It looks like {example}.",
            )
        self.url = parts._replace(query="", fragment="").geturl().rstrip("/")
        self._what = what
        self._example = example
        self._session = requests.Session()
        again = Retry(
            total=ATTEMPTS - 1,
            status_forcelist=(HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE),
            backoff_factor=BACKOFF_SECONDS,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def json(self, path: str) -> Any:
        """What it answers with.

        Raises:
            SourceUnavailableError: it does not answer, or not in JSON.
        """
        found = self.json_if_any(path)
        if found is None:
            raise self.unlike(f"nothing for {path}")
        return found

    def json_if_any(self, path: str) -> Any:
        """The same; None: it has no such thing.

        Raises:
            SourceUnavailableError: it does not answer, or not in JSON.
        """
        with self._answered(path, {"Accept": "application/json"}) as response:
            if response.status_code == HTTPStatus.NOT_FOUND:
                return None
            response.raise_for_status()
            pieces = bytearray()
            self._read(response, pieces.extend, MAX_ANSWER_BYTES)
        try:
            return parse(pieces.decode("utf-8"), repeated=True)
        except ValueError as error:
            raise self.unlike(f"no JSON ({error})") from error

    def copy(self, path: str, write: Callable[[bytes], object], most: int) -> None:
        """Write what it answers with, as it is.

        Raises:
            SourceUnavailableError: it does not answer, or with more than so many bytes.
        """
        with self._answered(path, {}) as response:
            response.raise_for_status()
            self._read(response, write, most)

    def unlike(self, reason: str) -> SourceUnavailableError:
        """That it answers as no such server does."""
        return SourceUnavailableError(
            f"{self._what} {self.url} answers with {reason}",
            hint=f"Is this its address? It looks like {self._example}.",
        )

    def _read(
        self, response: requests.Response, write: Callable[[bytes], object], most: int
    ) -> None:
        done = 0
        for piece in response.iter_content(_PIECE):
            done += len(piece)
            if done > most:
                raise self.unlike(f"more than {most >> 20:,} MiB")
            write(piece)

    @contextmanager
    def _answered(self, path: str, headers: dict[str, str]) -> Iterator[requests.Response]:
        try:
            with self._session.get(
                self.url + path, headers=headers, stream=True, timeout=TIMEOUT_SECONDS
            ) as answer:
                yield answer
        except requests.RequestException as error:
            raise SourceUnavailableError(
                f"{self._what} {self.url} does not answer: {error}",
                hint="Is it running, and is this its address? It is asked again.",
            ) from error


class ServerAnswers:
    """A server's answers about one job, each asked for when it is wanted."""

    def __init__(self, rest: Rest, identifier: str) -> None:
        self.identifier = identifier
        self.sha256: str | None = None
        self._rest = rest

    def of(self, path: str) -> Any:
        """The answer of a path; None: there is none.

        Raises:
            SourceUnavailableError: the server does not answer.
        """
        return self._rest.json_if_any(path)
