"""Block headers: the bytes whose Keccak-256 is a block's hash.

A header is an RLP list that forks only ever appended to: base fee (London, EIP-1559), withdrawals
root (Shanghai, EIP-4895), blob gas and parent beacon root (Cancun, EIP-4844 and EIP-4788),
requests hash (Prague, EIP-7685).

Source: Ethereum yellow paper, 4.4; execution APIs, schema "Block".
"""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import rlp  # type: ignore[import-untyped]
from rlp.exceptions import RLPException  # type: ignore[import-untyped]

from ledger.errors import InvalidInputError
from ledger.record.keccak import keccak

MAX_HEADER_BYTES = 16 * 1024
"""A header has about 600 bytes; proof-of-authority chains list their signers in ``extraData``."""

HASH_BYTES = 32
_MOST_FIELDS = 32

_DATA_FIELDS = frozenset(
    {
        "parentHash",
        "sha3Uncles",
        "miner",
        "stateRoot",
        "transactionsRoot",
        "receiptsRoot",
        "logsBloom",
        "extraData",
        "mixHash",
        "nonce",
        "withdrawalsRoot",
        "parentBeaconBlockRoot",
        "requestsHash",
    }
)

_FRONTIER = (
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
)
_FORKS = (
    ("baseFeePerGas",),
    ("withdrawalsRoot",),
    ("blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot"),
    ("requestsHash",),
)
_PARENT, _STATE_ROOT, _RECEIPTS_ROOT, _NUMBER, _TIMESTAMP = 0, 3, 5, 8, 11


class InvalidHeaderError(InvalidInputError):
    """Bytes are not a block header, or an answer's fields do not hash to the block's hash."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a block commits to, as far as proofs need it.

    Attributes:
        hash: the block's hash.
        parent_hash: hash of the block before.
        number: of the block.
        timestamp: seconds since 1970.
        state_root: of the accounts after the block.
        receipts_root: of the receipts of its transactions.
    """

    hash: bytes
    parent_hash: bytes
    number: int
    timestamp: int
    state_root: bytes
    receipts_root: bytes


def decode_header(encoded: bytes) -> Header:
    """The header in RLP; fields of forks to come are hashed but not looked at.

    Raises:
        InvalidHeaderError: too large, or not a header.
    """
    if len(encoded) > MAX_HEADER_BYTES:
        raise InvalidHeaderError(f"a header of {len(encoded):,} bytes")
    try:
        fields = rlp.decode(encoded)
    except (RLPException, RecursionError, IndexError) as error:
        raise InvalidHeaderError(f"not RLP: {error}") from error
    if not _is_header(fields):
        raise InvalidHeaderError("not the fields of a block header")
    return Header(
        hash=keccak(encoded),
        parent_hash=fields[_PARENT],
        number=int.from_bytes(fields[_NUMBER], "big"),
        timestamp=int.from_bytes(fields[_TIMESTAMP], "big"),
        state_root=fields[_STATE_ROOT],
        receipts_root=fields[_RECEIPTS_ROOT],
    )


def encode_header(block: Mapping[str, Any]) -> bytes:
    """The RLP of the header in an ``eth_getBlockByNumber`` answer, of any fork up to Prague.

    Args:
        block: as JSON-RPC writes it, or as web3 hands it out.

    Raises:
        InvalidHeaderError: a field is missing, or the fields do not hash to the block's hash.
    """
    present: list[str] = list(_FRONTIER)
    for names in _FORKS:
        if all(block.get(name) is not None for name in names):
            present.extend(names)
    try:
        encoded: bytes = rlp.encode([_field(name, block[name]) for name in present])
        expected = as_bytes(block["hash"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidHeaderError(f"the answer is not a whole block header: {error!r}") from error
    if keccak(encoded) != expected:
        raise InvalidHeaderError(
            f"the fields of block {block['number']} do not hash to its hash",
            hint="The chain may have header fields that this version does not know, or its node "
            "answers wrongly; compare with another node.",
        )
    return encoded


def as_bytes(value: Any) -> bytes:
    """Bytes as JSON-RPC writes them, or as web3 hands them out."""
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)


def as_int(value: Any) -> int:
    """A quantity as JSON-RPC writes it, or as web3 hands it out."""
    return int(value, 16) if isinstance(value, str) else int(value)


def _field(name: str, value: Any) -> bytes:
    return as_bytes(value) if name in _DATA_FIELDS else _minimal(as_int(value))


def _minimal(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _is_header(fields: Any) -> bool:
    return (
        isinstance(fields, Sequence)
        and len(_FRONTIER) <= len(fields) <= _MOST_FIELDS
        and all(isinstance(field, bytes) for field in fields)
        and all(len(fields[at]) == HASH_BYTES for at in (_PARENT, _STATE_ROOT, _RECEIPTS_ROOT))
        and len(fields[_NUMBER]) <= 8  # noqa: PLR2004 - 64 bits (EIP-1985)
        and len(fields[_TIMESTAMP]) <= 8  # noqa: PLR2004
    )
