"""Contributing for a group by program: who may."""

from flask import request

from ledger.accounts.tokens import Scope
from webapp.api import bearer
from webapp.contribute import groups
from webapp.serving import is_private
from webapp.serving import node


def require(group: str) -> None:
    """Check that whoever asks may contribute for a group, and then that there is such a group.

    Who may not hears nothing of which groups there are.

    Raises:
        UnauthorizedError: others reach the app, and no token came along.
        ForbiddenError: the token is good for other things, or its account may not.
        NotFoundError: there is no such group.
        SettingsError: its file is damaged; why is in the log.
    """
    served = node()
    account = None
    if not is_private(served) or "Authorization" in request.headers:
        account = bearer.require(Scope.CONTRIBUTE).account
    groups.require(served, account, group)
