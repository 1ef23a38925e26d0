"""What contributors ask of a node: their records signed or their signatures taken, and followed.

It changes with what can be contributed and how, and `ledger/node.py` with what a node does by
itself.
"""

from collections.abc import Iterator
from collections.abc import Sequence

from ledger.anchor.contributions import Contribution
from ledger.anchor.signatures import signed_elsewhere
from ledger.anchor.submission import MAX_RECORDS
from ledger.anchor.submission import tree_of
from ledger.record import cid as cids
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.eip712 import Statement
from ledger.record.eip712 import submission as submission_statement
from ledger.record.schema import Record
from ledger.sealing import SealingNode


class ContributingNode(SealingNode):
    """The half of a node that takes contributions in and tells how far they have come."""

    def submit(self, cids_: Sequence[str], address: str | None = None) -> str:
        """Sign acknowledged records; returns the contribution's id. From here they are anchored."""
        digests = [cids.from_text(text) for text in cids_]
        signer = self.signer(address)
        identifier = self.intake.submit(digests, self.deployment.submission_domain, signer)
        self._show_signed(digests, signer.address)
        return identifier

    def statement_of(self, cids_: Sequence[str]) -> Statement:
        """What a contributor signs for these records, to be shown by a wallet.

        Raises:
            InvalidInputError: none, too many, or one given twice.
        """
        digests = [cids.from_text(text) for text in cids_]
        return submission_statement(
            self.deployment.submission_domain, tree_of(digests).root, len(digests)
        )

    def check_signature(self, cids_: Sequence[str], contributor: str, signature: bytes) -> None:
        """Check a wallet's signature of records, before anything of them is kept.

        Raises:
            WrongSignatureError: it is not the contributor's over these records, for this ledger.
            ContractWalletError: the contributor is a contract.
            InvalidInputError: none, too many, or one given twice.
        """
        digests = [cids.from_text(text) for text in cids_]
        with self._contracts_named(contributor):
            signed_elsewhere(digests, self.deployment.submission_domain, contributor, signature)

    def submit_signed(self, cids_: Sequence[str], contributor: str, signature: bytes) -> str:
        """Take acknowledged records that a wallet has signed; returns the contribution's id.

        Doing it again gives the same id.

        Raises:
            WrongSignatureError: it is not the contributor's over these records, for this ledger.
            ContractWalletError: the contributor is a contract.
            InvalidInputError: none, too many, unknown ones, or some that are on their way.
        """
        digests = [cids.from_text(text) for text in cids_]
        domain = self.deployment.submission_domain
        with self._contracts_named(contributor):
            identifier = self.intake.submit_signed(digests, domain, contributor, signature)
        self._show_signed(digests, contributor)
        return identifier

    def contribute(self, cids_: Sequence[str], address: str | None = None) -> list[str]:
        """Sign acknowledged records in as many submissions as they need; returns their ids.

        A submission is never split over batches, so none holds more records than a batch may.
        """
        most = min(self.settings.batch_records, MAX_RECORDS)
        return [
            self.submit(cids_[start : start + most], address)
            for start in range(0, len(cids_), most)
        ]

    def contribution(self, identifier: str) -> Contribution:
        """How far a contribution has come."""
        return self.contributions.get(identifier)

    def latest_contributions(
        self, limit: int = 50, *, after: str | None = None
    ) -> list[Contribution]:
        """The latest contributions, newest first, without their CIDs; those before ``after``.

        Raises:
            NotFoundError: there is no contribution ``after``.
        """
        return self.contributions.latest(limit, after)

    def on_their_way(self) -> list[Contribution]:
        """Every contribution that is not final yet, oldest first, without its CIDs."""
        return self.contributions.unfinished()

    def _show_signed(self, digests: Sequence[Digest], contributor: str) -> None:
        unlisted = self.index.name_contributor(digests, contributor)
        self.index.add_pending(self._read(unlisted, contributor))

    def _read(
        self, digests: Sequence[Digest], contributor: str | None
    ) -> Iterator[tuple[Digest, Record, str | None]]:
        for digest, block in zip(digests, self.blocks.get_many(digests), strict=True):
            yield digest, codec.decode(block), contributor
