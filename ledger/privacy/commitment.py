"""Commitments to values that are withheld, and their disclosure one by one.

A record that is committed to values names their paths and the root of a Merkle tree over them. A
leaf binds the path, a salt of 32 bytes that only the owner knows, and the canonical DAG-CBOR of the
value, so that nobody finds a value by trying, and the owner cannot disclose another one.

The tree is OpenZeppelin's StandardMerkleTree with leaves ``(string path, bytes32 salt, bytes
value)``. Salting each leaf: RFC 9901 (SD-JWT), section 9.3 on the entropy of salts.
"""

from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.merkle import leaf_hash
from ledger.anchor.merkle import verify
from ledger.record import dagcbor
from ledger.record.schema import Commitment
from ledger.record.schema import Scalar

LEAF = ("string", "bytes32", "bytes")
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Withheld:
    """A value that a record is committed to, as its owner keeps it.

    Attributes:
        path: of the value in the record.
        value: the value.
        salt: `SALT_BYTES` that nobody else knows.
    """

    path: str
    value: Scalar
    salt: bytes

    @property
    def leaf(self) -> bytes:
        """Its leaf's hash."""
        return leaf_hash(LEAF, (self.path, self.salt, dagcbor.encode(self.value)))


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A withheld value with what connects it to its record.

    Attributes:
        field: path, value and salt.
        proof: the siblings from its leaf up to the root.
    """

    field: Withheld
    proof: tuple[bytes, ...]

    def agrees_with(self, record_commitment: Commitment) -> bool:
        """Whether it is what the record has been committed to under this path."""
        return (
            self.field.path in record_commitment.fields
            and len(self.field.salt) == SALT_BYTES
            and verify(bytes.fromhex(record_commitment.root[2:]), self.field.leaf, self.proof)
        )


def of(withheld: Sequence[Withheld]) -> Commitment:
    """The commitment to some values, at least one."""
    fields = tuple(sorted(each.path for each in withheld))
    return Commitment(root=f"0x{_tree(withheld).root.hex()}", fields=fields)


def disclose(withheld: Sequence[Withheld], paths: Iterable[str]) -> tuple[Disclosed, ...]:
    """Some of the values that a record is committed to.

    Args:
        withheld: all of them.
        paths: those to disclose.

    Raises:
        KeyError: it is not committed to one.
    """
    tree = _tree(withheld)
    places = {each.path: place for place, each in enumerate(withheld)}
    return tuple(
        Disclosed(withheld[place], tuple(tree.proof(place)))
        for place in (places[path] for path in paths)
    )


def _tree(withheld: Sequence[Withheld]) -> StandardMerkleTree:
    return StandardMerkleTree.of([each.leaf for each in withheld])
