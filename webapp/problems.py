"""What went wrong, as a page for people and as ``application/problem+json`` for programs."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask
from flask import Response
from flask import jsonify
from flask import make_response
from flask import render_template
from flask import request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import RequestEntityTooLarge

from ledger.anchor.signatures import ContractWalletError
from ledger.anchor.signatures import WrongSignatureError
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.errors import PerfledgerError
from ledger.errors import SettingsError
from ledger.errors import UnavailableError
from ledger.faults import explained
from ledger.hooks.errors import KeyReusedError
from ledger.hooks.errors import WrongSenderError
from webapp.format import size
from webapp.problem_types import type_of
from webapp.serving import node

_log = structlog.get_logger(__name__)

RETRY_SECONDS = 10
"""When to ask again for what is unavailable now."""


HEALTH = "/healthz"
"""Where programs that watch over others look for it; the same is in the API."""


class MissingFieldError(InvalidInputError):
    """A request lacks what it is about."""


class ForbiddenError(PerfledgerError):
    """The app does not do this for whoever asks it."""


class UnauthorizedError(PerfledgerError):
    """Nobody has signed in, or no token came along, and it needs one."""


class CrossOriginError(ForbiddenError):
    """Another site's page sent the request."""


class TooLargeError(InvalidInputError):
    """What was sent is more than the app takes."""


class UnsupportedTypeError(InvalidInputError):
    """A body is of a type that is not read here."""


class SeveralFaultsError(InvalidInputError):
    """Something is wrong in several places.

    Args:
        message: what happened.
        errors: what is wrong, as (where, what), in their order.
        hint: what to do about it.
    """

    def __init__(self, message: str, errors: Sequence[tuple[str, str]], *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.errors = [{"parameter": name, "detail": detail} for name, detail in errors]


class UnprocessableError(SeveralFaultsError):
    """A body was read and holds nothing that can be taken."""


class InvalidParametersError(SeveralFaultsError):
    """Parameters are unknown or wrong.

    Args:
        errors: what is wrong, as (parameter, what), in their order.
        hint: what there is instead.
    """

    def __init__(self, errors: Sequence[tuple[str, str]], *, hint: str) -> None:
        first, what = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first}: {what}{more}", errors, hint=hint)


_STATUSES: tuple[tuple[type[PerfledgerError], HTTPStatus], ...] = (
    (UnauthorizedError, HTTPStatus.UNAUTHORIZED),
    (WrongSenderError, HTTPStatus.UNAUTHORIZED),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (UnsupportedTypeError, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (UnprocessableError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (WrongSignatureError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (KeyReusedError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ContractWalletError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (InvalidInputError, HTTPStatus.BAD_REQUEST),
    (UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (SettingsError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
"""Anything else is asked of something that is not in the state for it: 409."""


def status_of(error: PerfledgerError) -> HTTPStatus:
    """The HTTP status that fits an error."""
    fitting = (status for kind, status in _STATUSES if isinstance(error, kind))
    return next(fitting, HTTPStatus.CONFLICT)


def init_app(app: Flask) -> None:
    """Answer every error in the form its reader takes."""
    app.register_error_handler(PerfledgerError, _expected)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPStatus.INTERNAL_SERVER_ERROR, _unexpected)


def problem(status: HTTPStatus, message: str, hint: str = "", **more: Any) -> Response:
    """An error in the form that fits the request.

    Source: RFC 9457, Problem Details for HTTP APIs.
    """
    if _wants_json():
        kind = type_of(status)
        body = {
            "type": "about:blank" if kind is None else kind.uri,
            "title": status.phrase if kind is None else kind.title,
            "status": status.value,
        }
        answer = jsonify(body | {"detail": message} | ({"hint": hint} if hint else {}) | more)
        answer.mimetype = "application/problem+json"
    else:
        answer = make_response(
            render_template("problem.html", status=status, message=message, hint=hint)
        )
    answer.status_code = status
    if status is HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="perfledger"'
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _wants_json() -> bool:
    if request.path.startswith("/api/") or request.path in {HEALTH, "/metrics"}:
        return True
    accepts = request.accept_mimetypes
    return accepts["application/json"] > accepts["text/html"]


def _expected(error: PerfledgerError) -> Response:
    more = {"errors": error.errors} if isinstance(error, SeveralFaultsError) else {}
    return problem(status_of(error), error.message, error.hint, **more)


def _http(error: HTTPException) -> Response | HTTPException:
    if isinstance(error.response, Response):
        return error.response
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    status = HTTPStatus(error.code)
    if status is HTTPStatus.NOT_FOUND:
        return problem(status, f"There is nothing at {request.path}.", "Search for it instead.")
    answer = problem(status, error.description or status.phrase)
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers.extend(
            (name, value) for name, value in error.get_headers() if name == "Allow"
        )
    return answer


def _csrf(error: CSRFError) -> Response:
    return problem(
        HTTPStatus.BAD_REQUEST,
        f"The form was not taken: {error.description}",
        "Nothing was changed. Go back, reload the page and send the form again.",
    )


def _too_large(_: RequestEntityTooLarge) -> Response:
    return problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The upload is larger than {size(node().settings.upload_bytes)}, the most taken here.",
        "Split the file, or use `perfledger import FILE`, which reads files of any size. "
        "PERFLEDGER_UPLOAD_BYTES sets the limit.",
    )


def _unexpected(error: HTTPException) -> Response:
    cause = getattr(error, "original_exception", None) or error
    if (known := explained(cause)) is not None:
        _log.warning("a request failed", path=request.path, problem=known.message)
        return _expected(known)
    _log.error("a request failed", path=request.path, exc_info=cause)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong here that nobody foresaw.",
        "It is in the log of `perfledger up`. Nothing that was acknowledged is lost.",
    )
