"""HTTP to hosts that strangers name: to allowed addresses only, bounded in size and time."""

import io
import json
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from ledger.errors import UnavailableError
from ledger.peers.addresses import AddressPolicy
from ledger.peers.addresses import ForbiddenAddressError
from ledger.peers.connections import CONNECT_SECONDS
from ledger.peers.connections import READ_SECONDS
from ledger.peers.connections import Guard
from ledger.peers.connections import adapter
from ledger.peers.connections import until

_CHUNK_BYTES = 256 * 1024
_ANSWER_BYTES = 2 * 1024 * 1024
"""Of JSON, which takes some tens of times as much memory once it is read."""

_BUSY = frozenset({429, 503})
_DIGITS = 10
LONGEST_PAUSE_SECONDS = 60.0
"""For which a peer may ask; others are asked meanwhile."""

_GONE = frozenset({404, 410})
_SUCCESS = range(200, 300)


class PeerUnavailableError(UnavailableError):
    """A peer or gateway does not answer, refuses, or takes too long."""


class BusyError(PeerUnavailableError):
    """A peer or gateway is there, and has more to do than it can.

    Attributes:
        pause_seconds: it wants to be left alone for so long (RFC 9110, Retry-After).
    """

    def __init__(self, message: str, pause_seconds: float) -> None:
        super().__init__(message)
        self.pause_seconds = pause_seconds


class NotHeldError(UnavailableError):
    """A peer or gateway answers that it does not have what was asked for."""


class MisbehavedError(UnavailableError):
    """A peer sent what it should not have: other bytes than asked for, or too many."""


FAULTS_OF_A_PEER = (PeerUnavailableError, NotHeldError, MisbehavedError, ForbiddenAddressError)
"""What asking a peer raises. Other errors, of a full disk for one, are not the peer's."""


class Web:
    """HTTP requests to peers and gateways; safe for several threads.

    No redirects are followed, no proxy of the environment is used, and no cookie is kept: each of
    them would be a way around the policy, or from one host to another.

    Args:
        policy: what may be connected to.
        agent: the User-Agent, which names the program.
        introduce: headers that say to a host who asks.
        received: told of each answer: the host, and the bytes of the body that were read.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        agent: str = "perfledger",
        introduce: Callable[[str], Mapping[str, str]] = lambda _: {},
        received: Callable[[str, int], None] = lambda _host, _size: None,
    ) -> None:
        self._guard = Guard(policy)
        self._introduce = introduce
        self._received = received
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.headers.update({"User-Agent": agent, "Accept-Encoding": "identity"})
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter(self._guard))

    def close(self) -> None:
        """Break off what is under way, and ask nothing any more."""
        self._guard.close()
        self._session.close()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed; what fails then is no fault of who was asked."""
        return self._guard.is_closed

    @contextmanager
    def open(
        self,
        method: str,
        url: str,
        *,
        seconds: float,
        most_bytes: int,
        accept: str = "*/*",
        **options: Any,
    ) -> Iterator["Body"]:
        """The body of an answer, as a stream.

        Args:
            method: of HTTP.
            url: what is asked for.
            seconds: until the end of the body.
            most_bytes: of the body.
            accept: media type.
            options: `json`, `headers` or `params` of the request.

        Raises:
            NotHeldError: 404 or 410.
            PeerUnavailableError: no answer, a refusal, an error, or no end in time.
            ForbiddenAddressError: the host leads to an address that is not allowed.
            MisbehavedError: the body is longer.
        """
        where = origin(url)
        headers = {"Accept": accept, **self._introduce(where), **options.pop("headers", {})}
        if self.is_closed:
            raise PeerUnavailableError(f"{where} is not asked any more: this node is stopping")
        try:
            with until(time.monotonic() + seconds):
                response = self._session.request(
                    method,
                    url,
                    headers=headers,
                    stream=True,
                    allow_redirects=False,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    **options,
                )
            with response:
                _require_success(response, where)
                body = Body(response, where, most_bytes)
                try:
                    yield body
                finally:
                    self._received(where, body.taken)
        except requests.RequestException as error:
            raise PeerUnavailableError(f"{where} does not answer: {_words(error)}") from error
        except (HTTPError, OSError) as error:
            raise PeerUnavailableError(f"{where} broke off: {_words(error)}") from error

    def json(self, method: str, url: str, *, seconds: float = 15.0, **options: Any) -> Any:
        """The JSON of an answer.

        Raises:
            MisbehavedError: it is no JSON; and as `open` does.
        """
        with self.open(
            method,
            url,
            seconds=seconds,
            most_bytes=_ANSWER_BYTES,
            accept="application/json",
            **options,
        ) as body:
            content = body.read()
        try:
            return json.loads(content or b"null")
        except (ValueError, RecursionError) as error:
            raise MisbehavedError(f"{origin(url)} answers with no JSON") from error


class Body(io.RawIOBase):
    """The body of an answer; reading raises `MisbehavedError` past its limit.

    Attributes:
        taken: bytes that were read.
    """

    def __init__(self, response: requests.Response, where: str, most_bytes: int) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self._raw = response.raw
        self._where = where
        self._left = most_bytes
        self.taken = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """At most so many bytes; all that follow where no size is given."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK_BYTES), b""))
        part: bytes = self._raw.read1(min(size, _CHUNK_BYTES))
        self.taken += len(part)
        self._left -= len(part)
        if self._left < 0:
            raise MisbehavedError(f"{self._where} sends more than it should")
        return part

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as the next piece does."""
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)


def origin(url: str) -> str:
    """Scheme, host and port of a URL: nothing that could be a credential."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _require_success(response: requests.Response, where: str) -> None:
    if response.status_code in _GONE:
        raise NotHeldError(f"{where} does not have it")
    if response.status_code in _BUSY:
        told = response.headers.get("Retry-After", "")
        pause = int(told) if told.isascii() and told.isdigit() and len(told) < _DIGITS else 1
        what = f"{where} answers HTTP {response.status_code}: it is busy"
        raise BusyError(what, min(pause, LONGEST_PAUSE_SECONDS))
    if response.status_code not in _SUCCESS:
        raise PeerUnavailableError(f"{where} answers HTTP {response.status_code}")


def _words(error: BaseException) -> str:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason or error).__name__
