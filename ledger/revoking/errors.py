"""Why a record cannot be revoked."""

from ledger.errors import NotFoundError
from ledger.errors import PerfledgerError


class NotRevocableError(PerfledgerError):
    """The record is not in a state to be revoked."""


class NotAnchoredError(NotRevocableError):
    """Nothing on chain names the record yet."""

    def __init__(self, cid: str) -> None:
        super().__init__(
            f"{cid} is not anchored yet, and only what is on chain can be revoked",
            hint="What is signed is anchored by itself; revoke it then. What nobody has signed is "
            "not on its way, and need not be revoked.",
        )


class NobodysError(NotRevocableError):
    """A batch holds the record, but no signature of it is good."""

    def __init__(self, cid: str) -> None:
        super().__init__(
            f"nobody has validly signed {cid}, so that it counts as nobody's",
            hint="There is nothing to take back: a record without a signature is not believed.",
        )


class AlreadyRevokedError(NotRevocableError):
    """Its contributor has revoked it before."""

    def __init__(self, cid: str) -> None:
        super().__init__(
            f"{cid} is revoked already",
            hint="That holds for good, and wherever this contributor has contributed the record.",
        )


class AnotherTransactionError(NotFoundError):
    """A transaction does something else than revoke this record."""

    def __init__(self, cid: str, transaction: str) -> None:
        super().__init__(
            f"the transaction {transaction} does not revoke {cid}",
            hint="Look in your wallet for the hash of the one that does.",
        )
