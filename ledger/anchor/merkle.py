"""Merkle trees compatible with OpenZeppelin's StandardMerkleTree and MerkleProof.

A leaf is ``keccak(keccak(abi.encode(types, values)))``: hashing twice makes a leaf's preimage 32
bytes long, so that no inner node, whose preimage has 64, can pass for a leaf. Leaves are sorted by
hash and each pair is sorted before it is hashed, so a proof needs no directions and the root does
not depend on the order of the input.

Source: https://github.com/OpenZeppelin/merkle-tree, ``MerkleProof.sol`` in OpenZeppelin Contracts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import InvalidInputError
from ledger.record.keccak import keccak

HASH_BYTES = 32
MAX_PROOF_NODES = 64
"""Deeper than any tree that fits the 32-bit counts of the contracts."""


class InvalidTreeError(InvalidInputError):
    """A tree cannot be built of what was given, or does not hold what was asked for."""


def leaf_hash(types: Sequence[str], values: Sequence[object]) -> bytes:
    """The hash of a leaf with the given ABI types and values."""
    from eth_abi import encode as abi_encode  # slow to import, and rarely needed

    return keccak(keccak(abi_encode(types, values)))


def hash_pair(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node; the order of its children does not matter."""
    return keccak(left + right if left < right else right + left)


def root_of_proof(leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that a proof leads to from a leaf's hash."""
    node = leaf
    for sibling in proof:
        node = hash_pair(node, sibling)
    return node


def verify(root: bytes, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof connects a leaf's hash with a root."""
    return (
        len(proof) <= MAX_PROOF_NODES
        and len(leaf) == HASH_BYTES
        and all(len(node) == HASH_BYTES for node in proof)
        and root_of_proof(leaf, proof) == root
    )


@dataclass(frozen=True, slots=True)
class StandardMerkleTree:
    """A complete binary tree in an array: the root first, the sorted leaves last, reversed.

    Attributes:
        nodes: the 2n - 1 hashes of a tree of n leaves; the children of node i are 2i + 1, 2i + 2.
        positions: where in ``nodes`` each leaf stands, in the order the leaves were given.
    """

    nodes: tuple[bytes, ...]
    positions: tuple[int, ...]

    @classmethod
    def of(cls, leaves: Sequence[bytes]) -> "StandardMerkleTree":
        """The tree over leaf hashes (see `leaf_hash`), given in any order.

        Raises:
            InvalidTreeError: no leaves, a leaf that is not 32 bytes, or one given twice.
        """
        if not leaves:
            raise InvalidTreeError("a Merkle tree needs at least one leaf")
        if any(len(leaf) != HASH_BYTES for leaf in leaves):
            raise InvalidTreeError("every leaf hash must have 32 bytes")
        if len(set(leaves)) != len(leaves):
            raise InvalidTreeError("a leaf was given twice")
        size = 2 * len(leaves) - 1
        nodes: list[bytes] = [b""] * size
        positions = [0] * len(leaves)
        for rank, given in enumerate(sorted(range(len(leaves)), key=leaves.__getitem__)):
            positions[given] = size - 1 - rank
            nodes[size - 1 - rank] = leaves[given]
        for parent in range(len(leaves) - 2, -1, -1):
            nodes[parent] = hash_pair(nodes[2 * parent + 1], nodes[2 * parent + 2])
        return cls(tuple(nodes), tuple(positions))

    @property
    def root(self) -> bytes:
        """The hash that commits to every leaf."""
        return self.nodes[0]

    def proof(self, index: int) -> list[bytes]:
        """The siblings from a leaf up to the root; ``index`` is its place in the input of `of`."""
        position = self.positions[index]
        siblings = []
        while position:
            siblings.append(self.nodes[position + 1 if position % 2 else position - 1])
            position = (position - 1) // 2
        return siblings
