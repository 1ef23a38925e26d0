"""Who sends the present request, where they have signed in."""

from flask import session

from webapp.problems import UnauthorizedError
from webapp.serving import node

SESSION = "account"
CHALLENGE = "challenge"


def signed_in() -> str | None:
    """The EIP-55 address of who is signed in; None: nobody."""
    secret = session.get(SESSION)
    return node().accounts.sessions.account_of(secret) if isinstance(secret, str) else None


def require_signed_in() -> str:
    """The EIP-55 address of who is signed in.

    Raises:
        UnauthorizedError: nobody is.
    """
    account = signed_in()
    if account is None:
        raise UnauthorizedError(
            "you are not signed in, or your session is over",
            hint="Sign in with your wallet on the page Account.",
        )
    return account
