"""What nodes mean when they refuse a transaction; each client words it in its own way.

The words are those of geth, Nethermind, Besu, Erigon, Reth, Anvil and py-evm: JSON-RPC has no codes
for these cases.
"""

from enum import Enum

from web3.exceptions import Web3RPCError


class Refusal(Enum):
    """Why a node does not take a transaction."""

    KNOWN = "it has this very transaction already"
    NONCE_USED = "a transaction of the same key with this nonce is in a block"
    UNDERPRICED = "it holds another with this nonce, which this one does not outbid"
    FEE_TOO_LOW = "it offers less than the node or the block asks for"
    NO_FUNDS = "the key cannot pay for it"
    OTHER = "something else"


_WORDS = {
    Refusal.KNOWN: ("already known", "known transaction", "already imported", "alreadyknown"),
    Refusal.NONCE_USED: ("nonce too low", "nonce is too low", "oldnonce", "nonce_too_low"),
    Refusal.UNDERPRICED: (
        "replacement transaction underpriced",
        "replacementnotallowed",
        "gas price too low to replace",
        "could not replace existing tx",
        "insufficient fee to replace",
    ),
    Refusal.FEE_TOO_LOW: (
        "transaction underpriced",
        "max fee per gas less than block base fee",
        "feetoolow",
        "fee cap less than block",
        "fee too low",
        "below configured minimum",
    ),
    Refusal.NO_FUNDS: (
        "insufficient funds",
        "insufficientfunds",
        "insufficient balance",
        "upfront cost exceeds",
    ),
}
"""In this order: the words of some are part of those of others."""


def refusal(error: Web3RPCError) -> Refusal:
    """What an error of `eth_sendRawTransaction` or `eth_estimateGas` means."""
    text = str(error).lower()
    for kind, phrases in _WORDS.items():
        if any(phrase in text for phrase in phrases):
            return kind
    return Refusal.OTHER
