"""Requests to the app of a node: repeated where it is busy, not repeated where nothing changed.

Sources: RFC 9110, sections 8.8.3 (ETag), 10.2.3 (Retry-After) and 13.1.2 (If-None-Match).
"""

from collections import OrderedDict
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from http import HTTPStatus
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from ledger.client.errors import ServerSettingError
from ledger.client.errors import ServerUnavailableError
from ledger.client.errors import refusal

ROOT = "/api/v1"
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
ATTEMPTS = 5
LONGEST_PAUSE_SECONDS = 60
"""However long a server asks to wait; whoever calls goes on later."""

_CONNECT_AGAIN = 2
"""Where nobody listens, somebody at the terminal waits."""

_REMEMBERED = 256
_CHUNK_BYTES = 1 << 16

Query = Mapping[str, str | list[str]]


class ServerHTTP:
    """One server.

    Args:
        url: of its app, with or without a path below which it is.
        token: sent as a bearer token, where an operation needs one.
        attempts: how often a request is sent that the server is too busy for, or does not answer.
        backoff_seconds: pause before the second attempt, doubled before each further one, where
            the server does not say how long.
        remember: whether answers are kept with their ETags and asked for again by those.

    Raises:
        ServerSettingError: the URL is none.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        attempts: int = ATTEMPTS,
        backoff_seconds: float = 0.5,
        remember: bool = True,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ServerSettingError(
                f"{url[:200]!r} is not the URL of a node's app",
                hint="It looks like https://ledger.example or http://127.0.0.1:8787.",
            )
        self.url = url.rstrip("/")
        self._known: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._remember = remember
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"perfledger/{version('perfledger')}"
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token}"
        # Whatever is asked may be asked twice: records that are known are not signed again.
        again = Retry(
            total=attempts - 1,
            connect=min(_CONNECT_AGAIN, attempts - 1),
            status_forcelist=(HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE),
            allowed_methods=None,
            backoff_factor=backoff_seconds,
            backoff_jitter=backoff_seconds / 2,
            backoff_max=LONGEST_PAUSE_SECONDS,
            retry_after_max=LONGEST_PAUSE_SECONDS,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def get(self, path: str, query: Query | None = None) -> bytes:
        """What is at a path of the API.

        Raises:
            ServerUnavailableError: it does not answer.
            PerfledgerError: it refuses; see `ledger.client.errors.refusal`.
        """
        request = self._session.prepare_request(
            requests.Request("GET", self.url + ROOT + path, params=query)
        )
        place = str(request.url)
        known = self._known.get(place)
        if known is not None:
            request.headers["If-None-Match"] = known[0]
        with self._answered(request) as response:
            if known is not None and response.status_code == HTTPStatus.NOT_MODIFIED:
                self._known.move_to_end(place)
                return known[1]
            content = response.content
            self._keep(place, response.headers.get("ETag"), content)
            return content

    def stream(self, path: str, query: Query | None = None) -> Iterator[bytes]:
        """The same for what may not fit into memory, piece by piece; it is not remembered."""
        request = self._session.prepare_request(
            requests.Request("GET", self.url + ROOT + path, params=query)
        )
        with self._answered(request) as response:
            yield from response.iter_content(_CHUNK_BYTES)

    def post(
        self,
        path: str,
        content: bytes,
        media_type: str,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """What the server says to a body; raises as `get` does."""
        request = self._session.prepare_request(
            requests.Request(
                "POST",
                self.url + ROOT + path,
                params=query,
                data=content,
                headers={**(headers or {}), "Content-Type": media_type},
            )
        )
        with self._answered(request) as response:
            return response.content

    def delete(self, path: str) -> None:
        """Delete what is at a path; raises as `get` does."""
        request = self._session.prepare_request(requests.Request("DELETE", self.url + ROOT + path))
        with self._answered(request):
            pass

    @contextmanager
    def _answered(self, request: requests.PreparedRequest) -> Iterator[requests.Response]:
        settings: Any = self._session.merge_environment_settings(request.url, {}, True, None, None)
        try:
            with self._session.send(
                request, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), **settings
            ) as response:
                if response.status_code >= HTTPStatus.BAD_REQUEST:
                    raise refusal(response)
                yield response
        except requests.RequestException as error:
            raise ServerUnavailableError(
                f"{self.url} does not answer ({type(error).__name__})",
                hint="Is the address right, and the app up? `perfledger up` serves it.",
            ) from error

    def _keep(self, place: str, tag: str | None, content: bytes) -> None:
        if not self._remember or tag is None:
            return
        self._known[place] = (tag, content)
        self._known.move_to_end(place)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
