"""Whose signed records this node takes: it pays for their anchors, whoever they are from.

A signature costs its maker nothing, and a new address neither. So what protects an operator is not
a budget for each address, but to know who may spend the node's ether at all: on an app that others
reach, the accounts that the operator has named.
"""

from ledger.errors import PerfledgerError
from ledger.node import Node
from ledger.settings import TakeSigned
from webapp.problems import ForbiddenError
from webapp.problems import UnauthorizedError
from webapp.serving import is_private

_ELSEWHERE = "`perfledger contribute FILE` contributes through a node of your own."


def policy(served: Node) -> TakeSigned:
    """Whose records are taken: as the operator says, or else by whether others reach the app."""
    chosen = served.settings.take_signed
    if chosen is not None:
        return chosen
    return TakeSigned.EVERYBODY if is_private(served) else TakeSigned.TOKEN


def may_contribute(served: Node, account: str) -> bool:
    """Whether an account may spend what anchors cost this node, by its session or a token.

    Where nobody but this machine reaches the app and no account is named, any may.
    """
    named = served.settings.addresses("contributors")
    return account in named if named else is_private(served)


def obstacle(served: Node, account: str | None) -> PerfledgerError | None:
    """Why nothing is taken from whoever asks; None: it is.

    Args:
        served: the node.
        account: EIP-55 address of who has signed in, or whose token came along; None: nobody's.
    """
    whose = policy(served)
    if whose is TakeSigned.NOBODY:
        return ForbiddenError("this node takes no contributions from visitors", hint=_ELSEWHERE)
    if not served.has_key:
        return ForbiddenError(
            "this node has no key to pay for anchors, so what is signed here would stay here",
            hint="Contribute through another node of this ledger, or through one of your own: "
            "`perfledger contribute FILE`.",
        )
    if whose is TakeSigned.EVERYBODY:
        return None
    if account is None:
        return UnauthorizedError(
            "this node pays for the anchors of accounts that its operator has named, and does not "
            "know who asks",
            hint="Sign in on the page Account, or send a token with the scope `contribute`. "
            + _ELSEWHERE,
        )
    if not may_contribute(served, account):
        return ForbiddenError(
            f"{account} is none of the accounts whose anchors this node pays for",
            hint="Its operator names them in PERFLEDGER_CONTRIBUTORS. " + _ELSEWHERE,
        )
    return None


def require(served: Node, account: str | None) -> None:
    """Check that what is signed here would also be anchored.

    Raises:
        UnauthorizedError: nobody has signed in, and it needs that.
        ForbiddenError: it would not.
    """
    if (error := obstacle(served, account)) is not None:
        raise error
