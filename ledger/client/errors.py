"""What a server's problems mean to whoever asked it, as errors of this program's own kinds."""

from http import HTTPStatus

import requests
from pydantic import ValidationError

from ledger.client.answers import FieldProblem
from ledger.client.answers import Problem
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.errors import PerfledgerError
from ledger.errors import SettingsError
from ledger.errors import UnavailableError

_MOST_CHARACTERS = 300
"""Of what a server says that is no problem document."""


class ServerSettingError(SettingsError):
    """The server's address cannot be one."""


class ServerUnavailableError(UnavailableError):
    """The server does not answer, or cannot now."""


class UnexpectedAnswerError(UnavailableError):
    """The server answers with something that is not of this API."""


class RefusedError(PerfledgerError):
    """The server does not do what it was asked.

    Attributes:
        status: of its answer.
        errors: one by one, what is wrong with the request.
    """

    def __init__(
        self, message: str, *, hint: str, status: int, errors: tuple[FieldProblem, ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.errors = errors


class RefusedInputError(RefusedError, InvalidInputError):
    """A parameter or a body does not fit."""


class UnknownThereError(RefusedError, NotFoundError):
    """The server knows nothing of that name."""


def refusal(response: requests.Response) -> PerfledgerError:
    """The error that an answer with a status from 400 on is."""
    status = response.status_code
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        said = " ".join(response.text.split())[:_MOST_CHARACTERS]
        return UnexpectedAnswerError(
            f"{response.url} answers {status}" + (f": {said}" if said else ""),
            hint="It may not be the app of a perfledger node, or an older one.",
        )
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        return ServerUnavailableError(problem.detail, hint=problem.hint)
    kind = (
        UnknownThereError
        if status == HTTPStatus.NOT_FOUND
        else RefusedInputError
        if status in _OF_INPUT
        else RefusedError
    )
    return kind(problem.detail, hint=problem.hint, status=status, errors=tuple(problem.errors))


_OF_INPUT = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
