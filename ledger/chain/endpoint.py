"""JSON-RPC over HTTP: what fails for a moment is asked again, an outage is told plainly."""

import json
import re
import time
from collections.abc import Sequence
from typing import Any

import requests
from requests.utils import get_netrc_auth
from tenacity import RetryCallState
from tenacity import Retrying
from tenacity import retry_if_exception_type
from tenacity import stop_after_attempt
from tenacity import wait_exponential
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint
from web3.types import RPCResponse

from ledger.errors import SettingsError
from ledger.errors import UnavailableError

CONNECT_SECONDS = 5
REQUEST_SECONDS = 30

ATTEMPTS = 3
LONGEST_PAUSE_SECONDS = 5.0
"""An endpoint that wants to be left alone for longer counts as down until it is asked anew."""

MAX_ANSWER_BYTES = 256 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024

_MOMENTARY = frozenset({429, 500, 502, 503, 504})
"""HTTP statuses after which the same request may succeed."""

_UNAUTHORIZED = 401
"""Whatever the body says: it is about the key in the URL, not about the request."""

_LIMIT_EXCEEDED = -32005
"""EIP-1474. Where logs are asked for, it is also how endpoints say that they are too many."""

_LOGS = "eth_getLogs"

_BROKEN = (requests.exceptions.ConnectionError, HTTPError)


class _NoAnswerError(Exception):
    """An answer of no use, and asking again would not give another."""


class _MomentaryError(_NoAnswerError):
    """An answer that is worth asking for again.

    Attributes:
        pause_seconds: as the endpoint asks for (RFC 9110, Retry-After).
    """

    def __init__(self, what: str, pause_seconds: float = 0) -> None:
        super().__init__(what)
        self.pause_seconds = pause_seconds


class Endpoint(JSONBaseProvider):
    """A JSON-RPC endpoint.

    Sending one request twice does no harm: what reads, reads again, and a signed transaction is
    mined once.

    Args:
        url: where it is reached.
        seconds: how long an answer may take.
        what: what is there, in words.
        program: what answers there, in words.
    """

    def __init__(
        self,
        url: str,
        *,
        seconds: float = REQUEST_SECONDS,
        what: str = "the chain",
        program: str = "the node",
    ) -> None:
        super().__init__()
        self.url = url
        self._seconds = seconds
        self._what = what
        self._program = program
        self._session = _session(url)

    def __repr__(self) -> str:
        """Without the credentials that the URL may hold."""
        return f"{type(self).__name__}({without_credentials(self.url)})"

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Call a method.

        Raises:
            UnavailableError: no answer, or none that is JSON-RPC.
        """
        body = self.encode_rpc_request(method, params)
        answer: RPCResponse = self._exchange(body)
        return answer

    def make_batch_request(self, requests: Sequence[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        """Call several methods in one round trip; one by one where the endpoint takes no batches.

        Raises:
            UnavailableError: no answer, or none that is JSON-RPC.
        """
        if not requests:
            return []
        answer = self._exchange(self.encode_batch_rpc_request(list(requests)))
        if answer is not None:
            return list(answer)
        return [self.make_request(method, params) for method, params in requests]

    def _exchange(self, body: bytes) -> Any:
        """The answer, or the answers to a batch; None where batches are not taken."""
        try:
            return Retrying(
                retry=retry_if_exception_type(_MomentaryError),
                stop=stop_after_attempt(ATTEMPTS),
                wait=_pause,
                reraise=True,
            )(self._ask, body)
        except (requests.RequestException, _NoAnswerError) as error:
            name = str(error) if isinstance(error, _NoAnswerError) else type(error).__name__
            raise UnavailableError(
                f"{self._what} does not answer at {without_credentials(self.url)}: {name}",
                hint=f"Is {self._program} up? `perfledger doctor` looks at every part. What is on "
                "its way goes on by itself once it answers.",
            ) from error

    def _ask(self, body: bytes) -> Any:
        deadline = time.monotonic() + self._seconds
        try:
            with self._session.post(
                self.url, data=body, timeout=(CONNECT_SECONDS, self._seconds), stream=True
            ) as response:
                if response.status_code in _MOMENTARY:
                    raise _momentary(response)
                content = _read(response, deadline)
        except ReadTimeoutError as error:
            raise _NoAnswerError("its answer does not end") from error
        except _BROKEN as error:
            raise _MomentaryError(type(error).__name__) from error
        if response.ok:
            return _answer_to(json.loads(body), content)
        return _refusal(json.loads(body), content, response.status_code)


def _session(url: str) -> requests.Session:
    """A session that takes from the environment what requests would: proxies, certificates, netrc.

    It is read once; requests reads it for each request, for a quarter of the time of a small one.

    Raises:
        SettingsError: the URL cannot be parsed.
    """
    session = requests.Session()
    try:
        found = session.merge_environment_settings(url, {}, None, None, None)
        session.auth = get_netrc_auth(url)
    except ValueError as error:
        raise SettingsError(
            f"the address of an endpoint is no URL: {error}",
            hint="Write it as http://host:port or https://host/path.",
        ) from error
    session.proxies, session.verify = found["proxies"], found["verify"]
    session.trust_env = False
    session.headers["Content-Type"] = "application/json"
    return session


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.pause_seconds if isinstance(error, _MomentaryError) else 0
    return max(asked, wait_exponential(multiplier=0.05, max=LONGEST_PAUSE_SECONDS)(state))


def _momentary(response: requests.Response) -> _NoAnswerError:
    told = response.headers.get("Retry-After", "")
    pause = float(told) if told.isascii() and told.isdigit() else 0.0
    what = f"HTTP {response.status_code}"
    if pause > LONGEST_PAUSE_SECONDS:
        return _NoAnswerError(f"{what}, ask again in {pause:.0f} s")
    return _MomentaryError(what, pause)


def _read(response: requests.Response, deadline: float) -> bytes:
    """As it comes: whoever waits for whole chunks is held by a server that sends byte by byte."""
    content = bytearray()
    while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
        content += chunk
        if time.monotonic() > deadline:
            raise _NoAnswerError("its answer does not end")
        if len(content) > MAX_ANSWER_BYTES:
            raise _NoAnswerError("the answer is too large")
    return bytes(content)


def _refusal(asked: Any, content: bytes, status: int) -> Any:
    """What an HTTP error means: the JSON-RPC error in its body, where it holds one."""
    if status == _UNAUTHORIZED or not _is_error(_decoded(content)):
        raise _NoAnswerError(f"HTTP {status}")
    return _answer_to(asked, content)


def _answer_to(asked: Any, content: bytes) -> Any:
    """The answer to a request, in the order asked; an answer to another one is none.

    None is a batch that was refused as a whole: by one error, or by fewer answers than questions.
    """
    answer = _decoded(content)
    if isinstance(asked, dict):
        return _single(asked, answer)
    told = answer if isinstance(answer, list) else [answer]
    of_all = [each for each in told if _is_error(each) and (answer is each or _id(each) is None)]
    for error in of_all:
        _require_within_limits("", error)
    if of_all or (isinstance(answer, list) and len(answer) < len(asked)):
        return None
    by_id = {_id(each): each for each in told}
    return [_single(each, by_id.get(each["id"])) for each in asked]


def _single(asked: dict[str, Any], answer: Any) -> Any:
    """An answer without an id can only be an error (JSON-RPC 2.0, section 5)."""
    if not isinstance(answer, dict):
        raise _MomentaryError("an answer that is not JSON-RPC")
    if _id(answer) != asked["id"] and not (_id(answer) is None and _is_error(answer)):
        raise _MomentaryError("an answer to another request")
    _require_within_limits(asked["method"], answer)
    return answer


def _require_within_limits(method: str, answer: dict[str, Any]) -> None:
    error = answer.get("error")
    limited = isinstance(error, dict) and error.get("code") == _LIMIT_EXCEEDED
    if limited and method != _LOGS:
        raise _MomentaryError(f"it limits how often it is asked ({_LIMIT_EXCEEDED})")


def _is_error(answer: Any) -> bool:
    return isinstance(answer, dict) and "jsonrpc" in answer and answer.get("error") is not None


def _id(answer: Any) -> int | None:
    """Of a request of this process, or None: its requests are numbered."""
    found = answer.get("id") if isinstance(answer, dict) else None
    return found if isinstance(found, int) else None


def _decoded(content: bytes) -> Any:
    """The JSON, or None, which is no answer either."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def without_credentials(url: str) -> str:
    """RPC providers put keys into paths, queries and user names; none belongs into a message."""
    scheme, separator, rest = url.partition("://")
    if not separator or not scheme.isalpha():
        scheme, separator, rest = "", "", url
    return scheme + separator + re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
