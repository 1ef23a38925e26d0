"""What errors of the system, and of the chain's node, mean to a user.

Parts that know more say it themselves (`ledger.chain.connection`, `ledger.store.files`,
`ledger.index.database`). This is for what is left, where a process meets its user.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError

_MOST_CHARACTERS = 200
"""Of what a stranger's node says."""

_NODE_ERRORS = (
    "Web3RPCError",
    "BadFunctionCallOutput",
    "BadResponseFormat",
    "CannotHandleRequest",
    "ContractLogicError",
    "MethodNotSupported",
    "ProviderConnectionError",
    "TimeExhausted",
    "TooManyRequests",
)
"""Of web3: what a node answers, rather than what it was asked wrongly."""


def explained(error: BaseException) -> PerfledgerError | None:
    """The same as an error with a hint; None: nobody foresaw it."""
    if isinstance(error, PerfledgerError):
        return error
    if _is_of_a_node(error):
        return UnavailableError(
            f"the chain's node answers with an error: {_printable(str(error))}",
            hint="Is the node in sync, and is it one of this chain? `perfledger doctor` looks at "
            "it; PERFLEDGER_RPC_URL names another.",
        )
    if isinstance(error, OSError):
        return UnavailableError(
            f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""),
            hint="Is the disk full, or the file another user's? `perfledger doctor` looks at "
            "every part.",
        )
    return None


@contextmanager
def understood() -> Iterator[None]:
    """Turns every error that can be explained into one that is.

    Raises:
        PerfledgerError: what happened, with what to do about it.
    """
    try:
        yield
    except Exception as error:
        known = explained(error)
        if known is None or known is error:
            raise
        raise known from error


def _is_of_a_node(error: BaseException) -> bool:
    """Importing web3 takes a second; where it is not loaded, no error can be its."""
    loaded = sys.modules.get("web3.exceptions")
    return loaded is not None and isinstance(
        error, tuple(getattr(loaded, name) for name in _NODE_ERRORS)
    )


def _printable(text: str) -> str:
    shown = text[:_MOST_CHARACTERS]
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in shown)
