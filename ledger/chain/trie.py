"""Merkle-Patricia proofs: giving them, and checking those of strangers.

The tries of Ethereum commit to a map from keys to values: receipts by their index in the block,
accounts by the hash of their address, storage by the hash of its slot. A proof is the list of
nodes from the root to where the key ends; it proves presence or absence alike.

Source: Ethereum yellow paper, appendix D; EIP-1186 for the form of proofs.
"""

from collections.abc import Sequence

import rlp  # type: ignore[import-untyped]
from rlp.exceptions import RLPException  # type: ignore[import-untyped]
from trie.hexary import HexaryTrie

from ledger.errors import InvalidInputError
from ledger.record.keccak import keccak

EMPTY_ROOT = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
"""Keccak-256 of the RLP of nothing: the root of a trie without entries."""

MAX_NODES = 65
"""A key of 32 bytes has 64 nibbles, and a path at most one node for each and the root."""

_HASH_BYTES = 32
_BRANCH_ITEMS = 17
_SHORT_ITEMS = 2
_LEAF_FLAG = 2


class InvalidTrieProofError(InvalidInputError):
    """Nodes are not a proof for that key under that root."""


def prove_item(items: Sequence[bytes], index: int) -> tuple[bytes, list[bytes]]:
    """The root of the trie over a block's receipts (or transactions), and the proof of one.

    Args:
        items: encoded as the trie holds them (EIP-2718 where typed), in order.
        index: which of them.
    """
    trie = HexaryTrie({}, prune=True)
    for place, item in enumerate(items):
        trie[item_key(place)] = item
    nodes = [rlp.encode(node) for node in trie.get_proof(item_key(index))]  # type: ignore[no-untyped-call]
    return bytes(trie.root_hash), [
        node for place, node in enumerate(nodes) if place == 0 or len(node) >= _HASH_BYTES
    ]


def item_key(index: int) -> bytes:
    """The key of the item at a place: the RLP of its index."""
    key: bytes = rlp.encode(index)
    return key


def value_at(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes | None:
    """The value that a trie holds under a key, or None where the nodes prove that it holds none.

    Every node given must be needed. A node shorter than 32 bytes stands inside its parent.

    Raises:
        InvalidTrieProofError: a node is missing, superfluous or malformed, or hashes to something
            else than what its parent (or the root) says.
    """
    if len(nodes) > MAX_NODES:
        raise InvalidTrieProofError(f"a proof of {len(nodes)} nodes")
    if root == EMPTY_ROOT:
        _require(all(node == b"\x80" for node in nodes[:1]) and len(nodes) <= 1, "not empty")
        return None
    walk = _Walk(nodes)
    path = [nibble for byte in key for nibble in (byte >> 4, byte & 15)]
    value = walk.follow(root, path)
    _require(walk.used == len(nodes), "the proof holds nodes that do not belong to it")
    return value


class _Walk:
    """One descent from the root, which consumes the nodes in their order."""

    def __init__(self, nodes: Sequence[bytes]) -> None:
        self._nodes = nodes
        self.used = 0

    def follow(self, root: bytes, path: list[int]) -> bytes | None:
        """The value where the path ends, or None where the trie has no such path."""
        reference: object = root
        depth = 0
        while reference != b"":
            node = self._load(reference)
            if len(node) == _BRANCH_ITEMS:
                if depth == len(path):
                    return _value(node[-1])
                reference = node[path[depth]]
                depth += 1
                continue
            is_leaf, part = _unpack(node[0])
            end = depth + len(part)
            if path[depth:end] != part or (is_leaf and end != len(path)):
                return None
            if is_leaf:
                return _value(node[1])
            reference = node[1]
            depth = end
        return None

    def _load(self, reference: object) -> list[object]:
        if isinstance(reference, bytes):
            _require(len(reference) == _HASH_BYTES, "a reference is neither a hash nor a node")
            _require(self.used < len(self._nodes), "a node is missing")
            encoded = self._nodes[self.used]
            _require(keccak(encoded) == reference, "a node does not hash to what its parent says")
            self.used += 1
            reference = decode_rlp(encoded)
        if not isinstance(reference, list) or len(reference) not in {_BRANCH_ITEMS, _SHORT_ITEMS}:
            raise InvalidTrieProofError("a node is neither a branch, an extension nor a leaf")
        return reference


def decode_rlp(encoded: bytes) -> object:
    """RLP as nested lists of bytes.

    Raises:
        InvalidTrieProofError: it is not RLP, or is nested too deeply.
    """
    try:
        return rlp.decode(encoded)
    except (RLPException, RecursionError, IndexError) as error:
        raise InvalidTrieProofError(f"not RLP: {error}") from error


def _unpack(item: object) -> tuple[bool, list[int]]:
    """Whether a node is a leaf, and its part of the path ("hex prefix", appendix C)."""
    if not isinstance(item, bytes) or not item or item[0] >> 4 > 3:  # noqa: PLR2004 - two flags
        raise InvalidTrieProofError("a node's path is malformed")
    nibbles = [nibble for byte in item for nibble in (byte >> 4, byte & 15)]
    flag = nibbles[0]
    part = nibbles[1:] if flag & 1 else nibbles[2:]
    is_leaf = bool(flag & _LEAF_FLAG)
    _require(is_leaf or bool(part), "an extension without a path")
    return is_leaf, part


def _value(item: object) -> bytes | None:
    if not isinstance(item, bytes):
        raise InvalidTrieProofError("a value is not bytes")
    return item or None


def _require(condition: bool, fault: str) -> None:
    if not condition:
        raise InvalidTrieProofError(fault)
