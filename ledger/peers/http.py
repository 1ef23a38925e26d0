"""HTTP to hosts that strangers name: to allowed addresses only, bounded in size and time."""

import io
import json
import socket
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.exceptions import NewConnectionError

from ledger.errors import UnavailableError
from ledger.peers.addresses import AddressPolicy
from ledger.peers.addresses import ForbiddenAddressError

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
"""Silence after which a connection is given up."""

CONNECTIONS = 16
"""Kept open per host."""

_CHUNK_BYTES = 256 * 1024
_ANSWER_BYTES = 16 * 1024 * 1024
_NOT_FOUND = 404


class PeerUnavailableError(UnavailableError):
    """A peer or gateway does not answer, or refuses."""


class NotHeldError(UnavailableError):
    """A peer or gateway answers that it does not have what was asked for."""


class MisbehavedError(UnavailableError):
    """A peer sent what it should not have: other bytes than asked for, too many, or no end."""


class _Guarded(HTTPConnection):
    """Connects only where the policy allows."""

    policy: AddressPolicy

    def _new_conn(self) -> socket.socket:
        return _connect(self, self.policy)


class _GuardedTLS(HTTPSConnection):
    policy: AddressPolicy

    def _new_conn(self) -> socket.socket:
        return _connect(self, self.policy)


def _connect(connection: HTTPConnection, policy: AddressPolicy) -> socket.socket:
    problem: OSError | None = None
    try:
        for family, kind, protocol, _, address in policy.resolve(connection.host, connection.port):
            try:
                made = socket.socket(family, kind, protocol)
                made.settimeout(CONNECT_SECONDS)
                made.connect(address)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                made.close()
                problem = error
            else:
                return made
    except OSError as error:
        problem = error
    raise NewConnectionError(connection, f"{problem}") from problem


class _Adapter(HTTPAdapter):
    """Gives a session the guarded connections."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        super().__init__(pool_connections=64, pool_maxsize=CONNECTIONS)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        plain = type("_Plain", (_Guarded,), {"policy": self._policy})
        over_tls = type("_OverTLS", (_GuardedTLS,), {"policy": self._policy})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("_Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("_TLSPool", (HTTPSConnectionPool,), {"ConnectionCls": over_tls}),
        }


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
        self._introduce = introduce
        self._received = received
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": agent, "Accept-Encoding": "identity"})
        adapter = _Adapter(policy)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._session.close()

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
            PeerUnavailableError: no answer, or an error.
            ForbiddenAddressError: the host leads to an address that is not allowed.
            MisbehavedError: the body is longer, or takes longer.
        """
        where = origin(url)
        headers = {"Accept": accept, **self._introduce(where), **options.pop("headers", {})}
        try:
            with self._session.request(
                method,
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                **options,
            ) as response:
                _require_success(response, where)
                body = Body(response, where, time.monotonic() + seconds, most_bytes)
                try:
                    yield body
                finally:
                    self._received(where, body.taken)
        except requests.RequestException as error:
            forbidden = _cause(error)
            if forbidden is not None:
                raise forbidden from error
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
    """The body of an answer; reading raises `MisbehavedError` past its limits.

    Attributes:
        taken: bytes that were read.
    """

    def __init__(
        self, response: requests.Response, where: str, deadline: float, most_bytes: int
    ) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self._raw = response.raw
        self._where = where
        self._deadline = deadline
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
        if time.monotonic() > self._deadline:
            raise MisbehavedError(f"{self._where} sends without an end")
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
    if response.status_code in {_NOT_FOUND, 410}:
        raise NotHeldError(f"{where} does not have it")
    if not response.ok or response.is_redirect:
        raise PeerUnavailableError(f"{where} answers HTTP {response.status_code}")


def _cause(error: BaseException) -> ForbiddenAddressError | None:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        if isinstance(each, ForbiddenAddressError):
            return each
        arguments = [given for given in each.args if isinstance(given, BaseException)]
        reason = getattr(each, "reason", None)
        each = (
            each.__cause__
            or each.__context__
            or (reason if isinstance(reason, BaseException) else None)
            or (arguments[0] if arguments else None)
        )
    return None


def _words(error: BaseException) -> str:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason or error).__name__
