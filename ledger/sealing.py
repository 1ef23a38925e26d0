"""What contributors for a group ask of a node: their records signed, encrypted and opened.

It changes with what groups can do, and `ledger/contributing.py` with what everybody can.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager

from eth_utils import to_checksum_address
from filelock import FileLock

from ledger.anchor.signatures import ContractWalletError
from ledger.anchor.signatures import WrongSignatureError
from ledger.anchor.submission import MAX_RECORDS
from ledger.errors import InvalidInputError
from ledger.groups.elsewhere import SignedElsewhere
from ledger.groups.opening import Opened
from ledger.groups.sealing import statement_of
from ledger.groups.view import opened
from ledger.index.queries import Queries
from ledger.record import cid as cids
from ledger.record.eip712 import Statement
from ledger.record.schema import Record
from ledger.wiring import WiredNode

_DELEGATION = bytes.fromhex("ef0100")
"""How the code of an account begins that delegates to a contract (EIP-7702)."""


class SealingNode(WiredNode):
    """The part of a node that takes contributions in for groups, and opens what is for them."""

    def contribute_sealed(
        self, group: str, address: str | None = None, *, only: Sequence[str] | None = None
    ) -> list[str]:
        """Sign and encrypt what waits for a group; returns the contributions' ids.

        Members see who signed. Everybody else sees the address that pays for anchors.

        Args:
            group: what it is called here.
            address: signs the records.
            only: CIDs of those to sign; None: all that wait.

        Raises:
            NotFoundError: there is no such group.
        """
        known = self.groups.get(group)
        with self._turn_at_sealing():
            return self.sealer.contribute(
                known,
                self.signer(address),
                self.signer,
                most=self._most_in_a_submission(),
                records=None if only is None else [cids.from_text(each) for each in only],
            )

    def sealed_statement_of(self, group: str, cids_: Sequence[str]) -> Statement:
        """What a contributor signs for these records of a group, to be shown by a wallet.

        It names the group by its id, and the account that pays for anchors here.

        Raises:
            NotFoundError: there is no such group.
            InvalidInputError: no records, too many, or one given twice.
        """
        digests = [cids.from_text(text) for text in cids_]
        return statement_of(
            digests,
            self.groups.get(group),
            domain=self.deployment.submission_domain,
            bearer=self.signer().address,
        )

    def contribute_signed_for(
        self,
        group: str,
        cids_: Sequence[str],
        records: Iterable[Record],
        contributor: str,
        signature: bytes,
    ) -> list[str]:
        """Keep and encrypt records for a group that a wallet has signed.

        The signature is checked before anything is kept. Doing it again adds nothing.

        Args:
            group: what it is called here.
            cids_: of the records that were signed; at most as many as one signature covers.
            records: those of them that this home may not have yet, as the privacy policy let them
                leave.
            contributor: EIP-55 address of who signed.
            signature: over the statement of `sealed_statement_of`.

        Returns:
            The contributions' ids; none where they were handed in before.

        Raises:
            NotFoundError: there is no such group.
            WrongSignatureError: it is not the contributor's over these records, for this group.
            ContractWalletError: the contributor is a contract.
            InvalidInputError: some of them were signed by others meanwhile, or are not here.
        """
        digests = [cids.from_text(text) for text in cids_]
        signed = SignedElsewhere(contributor, signature)
        with self._turn_at_sealing(), self._contracts_named(contributor):
            signed.sign(self.sealed_statement_of(group, cids_))
            if self.sealed_among(group, digests) not in (set(), set(digests)):
                raise InvalidInputError(
                    "some of the records were signed and encrypted meanwhile",
                    hint="Nothing was contributed. Have them listed again, and sign that.",
                )
            self.accept_for(group, records)
            self._require_here(group, cids_)
            return self.sealer.contribute(
                self.groups.get(group),
                signed,
                self.signer,
                most=self._most_in_a_submission(),
                records=digests,
            )

    def _require_here(self, group: str, signed: Sequence[str]) -> None:
        """Check that all that was signed is kept for a group: the rest would seem to be sealed."""
        here = {
            cids.to_text(each) for each in self.sealed_among(group, [*map(cids.from_text, signed)])
        }
        if missing := len(set(signed) - here - set(self.unsealed_of(group, signed))):
            raise InvalidInputError(
                f"{missing} of the {len(signed)} records that were signed are not here",
                hint="Nothing was encrypted. Hand in each record that was signed.",
            )

    @contextmanager
    def group_answers(self, group: str) -> Iterator[Queries]:
        """Answers about the records of a group, as far as this home can read them.

        Raises:
            NotFoundError: there is no such group.
            SettingsError: the file of identities is none.
        """
        known = self.groups.get(group)
        folder = self.settings.groups_path
        with opened(folder, self.index, self.group_reader, self.for_groups, known) as answers:
            yield answers

    def group_contents(self, cid: str) -> Opened | None:
        """What is in an envelope; None: it is encrypted for others.

        Raises:
            InvalidCIDError: not a CID of the ledger.
            BlockNotFoundError: the envelope is not here.
        """
        digest = cids.from_text(cid)
        ((_, found),) = self.group_reader.read([digest])
        return found if isinstance(found, Opened) else None

    def _turn_at_sealing(self) -> FileLock:
        """Held while something is sealed, or two would hand in the same."""
        return FileLock(self.settings.groups_path / "sealing.lock")

    def _most_in_a_submission(self) -> int:
        return min(self.settings.batch_records, MAX_RECORDS)

    @contextmanager
    def _contracts_named(self, contributor: str) -> Iterator[None]:
        """Tells who signs with a contract that this is the trouble."""
        try:
            yield
        except WrongSignatureError as error:
            if self._is_contract(contributor):
                raise ContractWalletError(contributor) from error
            raise

    def _is_contract(self, address: str) -> bool:
        """An account that lends itself a contract's code (EIP-7702) still has its key."""
        code = self.chain.w3.eth.get_code(to_checksum_address(address))
        return len(code) > 0 and not code.startswith(_DELEGATION)
