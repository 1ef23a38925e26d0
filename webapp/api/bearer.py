"""API tokens in requests (RFC 6750)."""

from flask import g
from flask import request

from ledger.accounts.tokens import Scope
from ledger.accounts.tokens import Token
from webapp.contribute import admission
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


def contributing_account() -> str | None:
    """The account that may send more than strangers may, by the token of the request; else None."""
    if "contributing_account" not in g:
        token = _given()
        if token is None or Scope.CONTRIBUTE not in token.scopes:
            g.contributing_account = None
        else:
            named = admission.may_contribute(node(), token.account)
            g.contributing_account = token.account if named else None
    account: str | None = g.contributing_account
    return account


def bearer() -> Token:
    """The token of the present request.

    Raises:
        UnauthorizedError: there is none, or it is unknown, expired or revoked.
    """
    if not _secret():
        raise UnauthorizedError(
            "this needs an API token",
            hint="Make one on the page Account and send it as `Authorization: Bearer …`.",
        )
    token = _given()
    if token is None:
        raise UnauthorizedError(
            "this token is unknown, expired or revoked", hint="Make one on the page Account."
        )
    return token


def _secret() -> str:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _given() -> Token | None:
    secret = _secret()
    return node().accounts.tokens.use(secret) if secret else None
