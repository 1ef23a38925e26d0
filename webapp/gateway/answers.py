"""What could not be served, in plain text: clients of gateways are programs that read the status.

Source: https://specs.ipfs.tech/http-gateways/path-gateway/#response-status-codes.
"""

from http import HTTPStatus

from flask import Blueprint
from flask import Flask
from flask import Response
from werkzeug.exceptions import HTTPException

from ledger.errors import PerfledgerError
from ledger.serving.gateway import PathTooLongError
from webapp.gateway.negotiation import NotAcceptableError
from webapp.problems import RETRY_SECONDS
from webapp.problems import status_of


class NotCachedError(PerfledgerError):
    """A request wants only what is here, and it is not."""


class NotImplementedHereError(PerfledgerError):
    """A part of the protocol that this node has no use for."""


class TooLongError(PerfledgerError):
    """A request's URL is longer than any that is needed."""


_STATUSES: tuple[tuple[type[PerfledgerError], HTTPStatus], ...] = (
    (NotAcceptableError, HTTPStatus.NOT_ACCEPTABLE),
    (NotCachedError, HTTPStatus.PRECONDITION_FAILED),
    (NotImplementedHereError, HTTPStatus.NOT_IMPLEMENTED),
    (PathTooLongError, HTTPStatus.REQUEST_URI_TOO_LONG),
    (TooLongError, HTTPStatus.REQUEST_URI_TOO_LONG),
)

_WAIT = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})


def init_app(app: Flask | Blueprint) -> None:
    """Answer errors of an app, or of a part of it, as text."""
    app.register_error_handler(PerfledgerError, refused)
    app.register_error_handler(HTTPException, failed)


def refused(error: PerfledgerError) -> Response:
    """An error that was foreseen."""
    fitting = (status for kind, status in _STATUSES if isinstance(error, kind))
    return text(next(fitting, status_of(error)), error.diagnostics())


def failed(error: HTTPException) -> Response:
    """An error of the protocol underneath, with the headers that belong to it."""
    if isinstance(error.response, Response):
        return error.response
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    answer = text(status, error.description or status.phrase)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            answer.headers[name] = value
    return answer


def text(status: HTTPStatus, message: str) -> Response:
    """An answer of one sentence or two."""
    answer = Response(f"{message}\n", status, mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"  # what is missing now may be here in a second
    if status in _WAIT:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer
