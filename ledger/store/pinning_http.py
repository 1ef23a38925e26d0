"""Requests to a remote pinning service, and what its errors mean to a user.

Source: https://ipfs.github.io/pinning-services-api-spec/ (IPFS Pinning Service API 1.0), RFC 9110,
section 10.2.3 (Retry-After).
"""

import contextlib
from datetime import UTC
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import sleep
from typing import TypeVar
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from pydantic import BaseModel
from pydantic import Field
from pydantic import SecretStr
from pydantic import ValidationError
from tenacity import RetryCallState
from tenacity import retry
from tenacity import retry_if_exception_type
from tenacity import stop_after_attempt

from ledger.errors import NotFoundError
from ledger.errors import SettingsError
from ledger.errors import UnavailableError

CONNECT_SECONDS = 5
ANSWER_SECONDS = 30
ATTEMPTS = 5
LONGEST_PAUSE_SECONDS = 60.0
"""However long a service asks to wait; whoever calls goes on later."""

MAX_ANSWER_BYTES = 8 << 20
_MOST_CHARACTERS = 300
"""Of what a service says."""

Model = TypeVar("Model", bound=BaseModel)


class PinningServiceError(UnavailableError):
    """The service does not do what it was asked, or does not answer."""

    def __init__(self, url: str, reason: str, *, hint: str = "") -> None:
        super().__init__(
            f"the pinning service at {url}: {reason}",
            hint=hint or "Ask whoever runs it, or name another with PERFLEDGER_PINNING_URL.",
        )


class PinningServiceBusyError(PinningServiceError):
    """It did not answer, or has too much to do; asking again later may help.

    Attributes:
        pause: seconds that it asked to wait, if it did.
    """

    def __init__(self, url: str, reason: str, pause: float | None = None) -> None:
        self.pause = pause
        super().__init__(url, reason, hint="It is asked again with the next attempt.")


class PinningDeniedError(SettingsError):
    """The service does not know the token."""


class PinRequestNotFoundError(NotFoundError):
    """The service knows no such request."""


class _Fault(BaseModel):
    reason: str
    details: str = ""


class _Failure(BaseModel):
    error: _Fault = Field(default_factory=lambda: _Fault(reason=""))


class PinningHTTP:
    """One service; what it says is a stranger's word, so sizes and shapes are checked.

    Raises:
        SettingsError: the URL is none.
    """

    def __init__(self, url: str, token: SecretStr | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise SettingsError(
                "pinning_url is not the URL of a pinning service",
                hint="It looks like https://pinning.example/psa; the token goes into "
                "PERFLEDGER_PINNING_TOKEN.",
            )
        self.url = url.rstrip("/")
        self._session = requests.Session()
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token.get_secret_value()}"

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def ask(
        self,
        model: type[Model],
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: str | None = None,
    ) -> Model:
        """What the service answers, in the shape it should have; raises as `send` does."""
        try:
            return model.model_validate_json(self.send(method, path, query=query, body=body))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            reason = f"its answer is malformed: {where}: {first['msg']}"
            raise PinningServiceError(self.url, reason) from error

    def send(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: str | None = None,
    ) -> bytes:
        """Send a request, again where the service is busy (429), at fault (5xx) or silent.

        Raises:
            PinningServiceError: it refuses, or did not answer in `ATTEMPTS`.
            PinningDeniedError: it does not know the token.
            PinRequestNotFoundError: it does not know the request.
        """
        return retry(
            retry=retry_if_exception_type(PinningServiceBusyError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            sleep=sleep,
            reraise=True,
        )(self._send_once)(method, path, query, body)

    def _send_once(
        self, method: str, path: str, query: dict[str, str] | None, body: str | None
    ) -> bytes:
        try:
            with self._session.request(
                method,
                self.url + path,
                params=query,
                data=body,
                headers={"Content-Type": "application/json"} if body else None,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,  # the token is for this host
                stream=True,
            ) as answer:
                said = answer.raw.read(MAX_ANSWER_BYTES + 1, decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            reason = f"it does not answer ({type(error).__name__})"
            raise PinningServiceBusyError(self.url, reason) from error
        if len(said) > MAX_ANSWER_BYTES:
            raise PinningServiceError(self.url, "its answer is larger than any that is expected")
        if answer.status_code // 100 != HTTPStatus.OK // 100:
            raise self._failure(answer, said)
        return bytes(said)

    def _failure(self, answer: requests.Response, said: bytes) -> Exception:
        status = answer.status_code
        reason = f"it answers {status}"
        with contextlib.suppress(ValidationError):
            fault = _Failure.model_validate_json(said).error
            told = ": ".join(filter(None, [fault.reason, fault.details]))
            reason = f"{reason}, {told[:_MOST_CHARACTERS]}" if told else reason
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return PinningDeniedError(
                f"the pinning service at {self.url}: {reason}",
                hint="Set PERFLEDGER_PINNING_TOKEN to a token that the service gave you.",
            )
        if status == HTTPStatus.NOT_FOUND:
            return PinRequestNotFoundError(
                f"the pinning service at {self.url}: {reason}",
                hint="The request may have been removed there; `perfledger pin add` makes another.",
            )
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return PinningServiceBusyError(self.url, reason, _asked_pause(answer))
        if status == HTTPStatus.CONFLICT:
            hint = "By the API this means that the account there has no funds left."
            return PinningServiceError(self.url, reason, hint=hint)
        return PinningServiceError(self.url, reason)


def _asked_pause(answer: requests.Response) -> float | None:
    """Seconds of a Retry-After header, which is a number or a date."""
    given = answer.headers.get("Retry-After", "")
    if given.isdigit():
        return float(given)
    try:
        return (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None


def _pause(state: RetryCallState) -> float:
    failed = state.outcome.exception() if state.outcome is not None else None
    asked = failed.pause if isinstance(failed, PinningServiceBusyError) else None
    usual = 0.5 * 2.0**state.attempt_number
    return min(max(usual if asked is None else asked, 0.0), LONGEST_PAUSE_SECONDS)
