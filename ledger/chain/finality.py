"""How far back a chain may still change."""

from typing import Final

from web3 import Web3
from web3.exceptions import Web3RPCError

from ledger.chain import rpc
from ledger.errors import UnavailableError

FINALIZED: Final = "finalized"
"""The newest block that consensus has finalised.

https://ethereum.github.io/execution-apis, block tags.
"""


class NoFinalityError(UnavailableError):
    """The node does not say which block is final."""

    def __init__(self, said: object) -> None:
        super().__init__(
            f"the chain does not say which block is final: {said}",
            hint="Where the network has no finality, set PERFLEDGER_CONFIRMATIONS to the number of "
            "blocks after which you take a block as final.",
        )


def final_block(w3: Web3, confirmations: int | None, *, head: int) -> int:
    """Number of the newest block that counts as final; negative where there is none yet.

    Args:
        w3: the chain.
        confirmations: blocks on top of one before it is final; None: as consensus says.
        head: number of the newest block.

    Raises:
        NoFinalityError: the node knows no finalized block.
    """
    if confirmations is not None:
        return head - confirmations
    try:
        block = rpc.call(w3, "eth_getBlockByNumber", FINALIZED, False)
    except Web3RPCError as error:
        raise NoFinalityError(error) from error
    return -1 if block is None else min(int(block["number"], 16), head)
