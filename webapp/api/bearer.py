"""API tokens in requests (RFC 6750)."""

from flask import request

from ledger.accounts.tokens import Scope
from ledger.accounts.tokens import Token
from webapp.problems import ForbiddenError
from webapp.problems import UnauthorizedError
from webapp.serving import node


def require(scope: Scope) -> Token:
    """The token of the present request, which is good for what is asked.

    Raises:
        UnauthorizedError: there is none, or it is unknown, expired or revoked.
        ForbiddenError: it is good for other things.
    """
    token = bearer()
    if scope not in token.scopes:
        raise ForbiddenError(
            f"this token is not good for {scope.value!r}",
            hint="Make one that is, on the page Account.",
        )
    return token


def bearer() -> Token:
    """The token of the present request.

    Raises:
        UnauthorizedError: there is none, or it is unknown, expired or revoked.
    """
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise UnauthorizedError(
            "this needs an API token",
            hint="Make one on the page Account and send it as `Authorization: Bearer …`.",
        )
    token = node().accounts.tokens.use(secret.strip())
    if token is None:
        raise UnauthorizedError(
            "this token is unknown, expired or revoked", hint="Make one on the page Account."
        )
    return token
