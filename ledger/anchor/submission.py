"""A submission: one contributor's records under one root, signed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.anchor.leaves import record_leaf
from ledger.anchor.leaves import submission_leaf
from ledger.anchor.merkle import StandardMerkleTree
from ledger.errors import InvalidInputError
from ledger.record import eip712
from ledger.record.cid import Digest

MAX_RECORDS = 1_000_000
"""Bounds what a reader of a stranger's batch has to hold in memory."""


@dataclass(frozen=True)
class Submission:
    """What a contributor vouches for with one signature, however many records it holds.

    Attributes:
        contributor: EIP-55 address.
        records: digests, in the contributor's order.
        signature: over the EIP-712 ``Submission(root, count)``.
    """

    contributor: str
    records: tuple[Digest, ...]
    signature: bytes

    @cached_property
    def tree(self) -> StandardMerkleTree:
        """The tree over the record digests."""
        return tree_of(self.records)

    @property
    def root(self) -> bytes:
        """What the signature and the batch's leaf commit to."""
        return self.tree.root

    @property
    def count(self) -> int:
        """Number of records."""
        return len(self.records)

    @property
    def leaf(self) -> bytes:
        """The submission's leaf in its batch's tree."""
        return submission_leaf(self.root, bytes.fromhex(self.contributor[2:]), self.count)

    def is_signed(self, domain: eip712.Domain) -> bool:
        """Whether the contributor's own key signed exactly these records for this ledger."""
        statement = eip712.submission(domain, self.root, self.count)
        return eip712.recover(statement, self.signature) == self.contributor


def tree_of(records: Sequence[Digest]) -> StandardMerkleTree:
    """The tree over record digests.

    Raises:
        InvalidInputError: none, too many, or one given twice.
    """
    if len(records) > MAX_RECORDS:
        raise InvalidInputError(
            f"{len(records):,} records in one submission; at most {MAX_RECORDS:,} are allowed",
            hint="Contribute them in several parts.",
        )
    return StandardMerkleTree.of([record_leaf(digest) for digest in records])


def sign(
    records: Sequence[Digest], domain: eip712.Domain, signer: eip712.StatementSigner
) -> Submission:
    """Records signed by their contributor.

    Raises:
        InvalidInputError: none, too many, or one given twice.
    """
    tree = tree_of(records)
    signature = signer.sign(eip712.submission(domain, tree.root, len(records)))
    submission = Submission(signer.address, tuple(records), signature)
    submission.__dict__["tree"] = tree  # computed once; cached_property keeps it here
    return submission
