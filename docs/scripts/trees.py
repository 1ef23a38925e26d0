"""CIDs and Merkle trees as the contracts know them, in a page of plain Python.

A record is named by a CID (version 1, dag-cbor, SHA-256); contracts hold the 32-byte digest in it.
Trees are those of OpenZeppelin's StandardMerkleTree: a leaf is hashed twice, leaves are sorted, and
so is each pair before it is hashed.
"""

import base64
import hashlib
from collections.abc import Sequence

from eth_abi import encode
from web3 import Web3

CID_PREFIX = bytes.fromhex("01711220")


def digest_of(cid: str) -> bytes:
    """The digest in a CID's text; anything that is not such a CID is refused."""
    padding = "=" * (-len(cid[1:]) % 8)
    raw = base64.b32decode(cid[1:].upper() + padding)
    if cid != cid_of(raw[4:]):
        raise SystemExit(f"not a CID of this ledger: {cid}")
    return raw[4:]


def cid_of(digest: bytes) -> str:
    """The CID's text of a digest."""
    return "b" + base64.b32encode(CID_PREFIX + digest).decode().rstrip("=").lower()


def sha256(content: bytes) -> bytes:
    """The digest of a block."""
    return hashlib.sha256(content).digest()


def record_leaf(record: bytes) -> bytes:
    """A record in its submission's tree."""
    return _leaf(["bytes32"], [record])


def submission_leaf(root: bytes, contributor: str, count: int) -> bytes:
    """A submission in its batch's tree."""
    return _leaf(["bytes32", "address", "uint32"], [root, contributor, count])


def verdict_leaf(record: bytes, code: int) -> bytes:
    """A verdict in a validator's tree; code 0 accepts, every other is a reason to reject."""
    return _leaf(["bytes32", "bool", "uint16"], [record, code == 0, code])


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over some leaves, in any order: a complete tree in an array, leaves last."""
    size = len(leaves)
    nodes = [b""] * (size - 1) + sorted(leaves, reverse=True)
    for parent in range(size - 2, -1, -1):
        nodes[parent] = _pair(nodes[2 * parent + 1], nodes[2 * parent + 2])
    return nodes[0]


def root_by_path(leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that a Merkle path leads to."""
    for sibling in path:
        leaf = _pair(leaf, sibling)
    return leaf


def _leaf(types: Sequence[str], values: Sequence[object]) -> bytes:
    return bytes(Web3.keccak(Web3.keccak(encode(types, values))))


def _pair(one: bytes, other: bytes) -> bytes:
    return bytes(Web3.keccak(min(one, other) + max(one, other)))
