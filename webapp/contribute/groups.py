"""The groups of a node that whoever asks may contribute for, by program or on the page."""

import structlog

from ledger.errors import NotFoundError
from ledger.errors import PerfledgerError
from ledger.errors import SettingsError
from ledger.groups.card import GroupError
from ledger.node import Node
from webapp.contribute import admission
from webapp.problems import ForbiddenError
from webapp.problems import UnauthorizedError
from webapp.serving import is_private

_log = structlog.get_logger(__name__)


def obstacle(served: Node, account: str | None) -> PerfledgerError | None:
    """Why whoever asks may contribute for no group of a node; None: they may for each.

    Who hands in for a group is believed to speak for it. So where others reach the app, this takes
    an account that the operator has named, even where everybody's signed records are taken.

    Args:
        served: the node.
        account: EIP-55 address of who has signed in, or whose token came along; None: nobody's.
    """
    if account is None and not is_private(served):
        return UnauthorizedError(
            "nobody has signed in, and records for a group are taken from named accounts only",
            hint="Sign in on the page Account.",
        )
    if account is not None and not admission.may_contribute(served, account):
        return ForbiddenError(
            f"{account} is none of the accounts that may contribute for a group here",
            hint="The node's operator names them in PERFLEDGER_CONTRIBUTORS.",
        )
    return admission.obstacle(served, account)


def require(served: Node, account: str | None, group: str) -> None:
    """Check that whoever asks may contribute for a group, and then that there is such a group.

    Who may not hears nothing of which groups there are.

    Raises:
        UnauthorizedError: nobody has signed in, and it needs that.
        ForbiddenError: they may not.
        NotFoundError: there is no such group.
        SettingsError: its file is damaged; why is in the log.
    """
    if (error := obstacle(served, account)) is not None:
        raise error
    try:
        served.groups.get(group)
    except NotFoundError as error:
        raise NotFoundError(
            f"this node knows no group {group!r}",
            hint="Nothing was kept. Its operator sees the groups with `perfledger group list`.",
        ) from error
    except GroupError as error:
        _log.error("a group cannot be used", group=group, problem=error.message)
        raise SettingsError(
            f"the group {group} cannot be used",
            hint="Nothing was kept. The log of the node says why, to its operator.",
        ) from error


def offered(served: Node, account: str | None) -> list[str]:
    """Names of the groups that whoever asks may contribute for."""
    return [] if obstacle(served, account) is not None else served.groups.names()
