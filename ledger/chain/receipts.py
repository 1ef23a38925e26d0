"""Transaction receipts as the receipts trie holds them.

Source: EIP-2718 (typed receipts), EIP-658 (status); Ethereum yellow paper, 4.4.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rlp  # type: ignore[import-untyped]

from ledger.chain.headers import as_bytes
from ledger.chain.headers import as_int
from ledger.chain.trie import InvalidTrieProofError
from ledger.chain.trie import decode_rlp

_LARGEST_TYPE = 0x7F
_RECEIPT_ITEMS = 4
_ADDRESS_BYTES = 20
_TOPIC_BYTES = 32
_MOST_TOPICS = 4


@dataclass(frozen=True, slots=True)
class Log:
    """One event as a receipt holds it.

    Attributes:
        address: the 20 bytes of the contract that emitted it.
        topics: its signature's hash and its indexed arguments, 32 bytes each.
        data: its other arguments, ABI-encoded.
    """

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


def encode_receipt(receipt: Mapping[str, Any]) -> bytes:
    """The trie's value for a receipt as JSON-RPC writes it, or as web3 hands it out."""
    kind = as_int(receipt.get("type") or 0)
    # Before Byzantium (EIP-658) a receipt had a state root in place of a status.
    status = as_bytes(receipt["root"]) if receipt.get("root") else as_int(receipt["status"])
    logs = [
        [
            as_bytes(log["address"]),
            [as_bytes(topic) for topic in log["topics"]],
            as_bytes(log["data"]),
        ]
        for log in receipt["logs"]
    ]
    encoded: bytes = rlp.encode(
        [status, as_int(receipt["cumulativeGasUsed"]), as_bytes(receipt["logsBloom"]), logs]
    )
    return bytes((kind,)) + encoded if kind else encoded


def decode_logs(encoded: bytes) -> tuple[Log, ...]:
    """The events in a receipt, in their order.

    Raises:
        InvalidTrieProofError: it is not a receipt.
    """
    typed = bool(encoded) and encoded[0] <= _LARGEST_TYPE
    items = decode_rlp(encoded[1:] if typed else encoded)
    if not isinstance(items, list) or len(items) != _RECEIPT_ITEMS:
        raise InvalidTrieProofError("not a receipt")
    logs = items[-1]
    if not isinstance(logs, list):
        raise InvalidTrieProofError("not a receipt")
    return tuple(_log(log) for log in logs)


def _log(item: object) -> Log:
    match item:
        case [bytes() as address, [*topics], bytes() as data] if (
            len(address) == _ADDRESS_BYTES and len(topics) <= _MOST_TOPICS
        ):
            return Log(address, tuple(_topic(topic) for topic in topics), data)
        case _:
            raise InvalidTrieProofError("not a log")


def _topic(item: object) -> bytes:
    if not isinstance(item, bytes) or len(item) != _TOPIC_BYTES:
        raise InvalidTrieProofError("not a topic")
    return item
