"""The transaction that revokes a record, as the chain's node has it."""

from dataclasses import dataclass
from typing import Any

from eth_utils import to_checksum_address
from web3 import Web3

from ledger.chain import rpc
from ledger.record.cid import Digest
from ledger.record.keccak import keccak

_SELECTOR = keccak(b"revoke(address,bytes32,bytes32,bytes32,uint32,bytes32[],bytes32[])")[:4]
_WORD = 32
_RECORD_AT = len(_SELECTOR) + 2 * _WORD
"""The record is the third argument: publisher and root stand before it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that the node knows.

    Attributes:
        block_number: of the block that it is in; None: in none yet.
        succeeded: whether the contract took it; None: it is in no block.
    """

    block_number: int | None
    succeeded: bool | None


class OtherTransactionError(ValueError):
    """A transaction is for something else."""


def look(w3: Web3, name: str, *, registry: str, contributor: str, record: Digest) -> Sent | None:
    """What became of a transaction; None: the node does not know it.

    Args:
        w3: the chain.
        name: the transaction's hash, 0x-prefixed.
        registry: address of the contract that it has to call.
        contributor: EIP-55 address that has to send it.
        record: which it has to revoke.

    Raises:
        OtherTransactionError: it does not revoke this record in this contributor's name.
        Web3RPCError: the node answers with an error.
    """
    found, receipt = map(
        rpc.result,
        rpc.ask(
            w3,
            [("eth_getTransactionByHash", [name]), ("eth_getTransactionReceipt", [name])],
        ),
    )
    if found is None:
        return None
    if not _revokes(found, registry, contributor, record):
        raise OtherTransactionError(name)
    if receipt is None or receipt.get("blockNumber") is None:
        return Sent(None, None)
    return Sent(int(receipt["blockNumber"], 16), int(receipt["status"], 16) == 1)


def _revokes(found: Any, registry: str, contributor: str, record: Digest) -> bool:
    data = bytes.fromhex(str(found.get("input") or found.get("data") or "0x")[2:])
    return (
        found.get("to") is not None
        and to_checksum_address(found["to"]) == to_checksum_address(registry)
        and to_checksum_address(found["from"]) == contributor
        and data.startswith(_SELECTOR)
        and data[_RECORD_AT : _RECORD_AT + _WORD] == record
    )
