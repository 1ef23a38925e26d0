"""Taking records in: durable first, acknowledged second."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ledger.anchor import submission as submissions
from ledger.anchor.outbox import Outbox
from ledger.anchor.outbox.records import AlreadySubmittedError
from ledger.anchor.signatures import signed_elsewhere
from ledger.anchor.submission import Submission
from ledger.errors import InvalidInputError
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.record.eip712 import Domain
from ledger.record.eip712 import StatementSigner
from ledger.record.schema import Record
from ledger.store.blocks import BlockStore

Kept = Callable[[Sequence[tuple[Digest, Record]]], None]
"""Told records just after they are acknowledged."""

_CHUNK = 5_000
"""Records made durable at once: one wait for the disk each."""

_Chunk = dict[Digest, tuple[bytes, Record]]
"""Records that are not durable yet, with their canonical bytes."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of records that were handed in.

    Attributes:
        new: CIDs acknowledged now, in their order.
        known: CIDs that were on the ledger, or on their way, before.
    """

    new: tuple[str, ...]
    known: tuple[str, ...]


class Known(StrEnum):
    """Why a record that is handed in need not be signed."""

    ON_LEDGER = "on the ledger"
    ON_ITS_WAY = "on its way"


class Intake:
    """Acknowledges records and signs them into submissions."""

    def __init__(
        self,
        outbox: Outbox,
        store: BlockStore,
        on_ledger: Callable[[Sequence[Digest]], set[Digest]],
        observer: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._outbox = outbox
        self._store = store
        self._on_ledger = on_ledger
        self._observe = observer

    def accept(
        self,
        records: Iterable[Record],
        *,
        progress: Callable[[int], None] = lambda _: None,
        kept: Kept = lambda _: None,
    ) -> Accepted:
        """Keep records. When it returns they are on disk and will not be lost.

        Args:
            records: read once, a few thousand at a time.
            progress: told how many records were handled with each step.
            kept: given the records that are new, a few thousand at a time, once they are durable.
        """
        new: list[str] = []
        known: list[str] = []
        chunk: _Chunk = {}
        for record in records:
            encoded = codec.encode(record)
            digest = digest_of(encoded)
            if digest in chunk:
                known.append(to_text(digest))
                progress(1)
                continue
            chunk[digest] = (encoded, record)
            if len(chunk) >= _CHUNK:
                self._keep(chunk, new, known, kept)
                progress(len(chunk))
                chunk = {}
        self._keep(chunk, new, known, kept)
        progress(len(chunk))
        return Accepted(tuple(new), tuple(known))

    def known(self, digests: Sequence[Digest]) -> dict[Digest, Known]:
        """Those of the digests that somebody has signed already, here or on the ledger."""
        found = dict.fromkeys(self._outbox.records.claimed(digests), Known.ON_ITS_WAY)
        return found | dict.fromkeys(self._on_ledger(digests), Known.ON_LEDGER)

    def submit(self, records: Sequence[Digest], domain: Domain, signer: StatementSigner) -> str:
        """Sign acknowledged records as one submission; from here on they will be anchored.

        Returns:
            The submission's id in the outbox.

        Raises:
            InvalidInputError: none, too many, unknown ones, or some that are on their way.
        """
        self._require_known(records)
        return self._hand_over(submissions.sign(records, domain, signer))

    def submit_signed(
        self, records: Sequence[Digest], domain: Domain, contributor: str, signature: bytes
    ) -> str:
        """Take acknowledged records with a signature that was made elsewhere.

        Doing it again finds the submission that is there: who got no answer may send it again.

        Returns:
            The submission's id in the outbox.

        Raises:
            WrongSignatureError: it is not the contributor's over these records, for this ledger.
            InvalidInputError: none, too many, unknown ones, or some that are on their way.
        """
        self._require_known(records)
        submission = signed_elsewhere(records, domain, contributor, signature)
        try:
            return self._hand_over(submission)
        except AlreadySubmittedError:
            earlier = self._outbox.records.holding(records, contributor)
            if earlier is None:
                raise
            return earlier

    def submit_sealed(
        self, envelopes: Sequence[Digest], domain: Domain, bearer: StatementSigner
    ) -> str:
        """Sign envelopes, whose blocks are durable, as one submission; they will be anchored.

        They were not acknowledged before: that happens now, together with their submission, so that
        nobody else of this home ever finds them unsigned.

        Returns:
            The submission's id in the outbox.

        Raises:
            InvalidInputError: none, too many, or some that are on their way.
        """
        return self._hand_over(submissions.sign(envelopes, domain, bearer))

    def _require_known(self, records: Sequence[Digest]) -> None:
        unknown = set(records) - self._outbox.records.known(records)
        if unknown:
            raise InvalidInputError(
                f"{len(unknown):,} of the records are not known here",
                hint="Import them first: `perfledger import FILE`.",
            )

    def _hand_over(self, submission: Submission) -> str:
        self._observe("submission signed")
        identifier = self._outbox.records.submit(submission)
        self._observe("submission kept")
        return identifier

    def _keep(self, chunk: _Chunk, new: list[str], known: list[str], kept: Kept) -> None:
        if not chunk:
            return
        digests = list(chunk)
        held = self._outbox.records.known(digests) | self._on_ledger(digests)
        fresh = [digest for digest in digests if digest not in held]
        self._store.put_many((digest, chunk[digest][0]) for digest in fresh)
        self._observe("records stored")
        self._outbox.records.accept(fresh)
        self._observe("records accepted")
        kept([(digest, chunk[digest][1]) for digest in fresh])
        new.extend(map(to_text, fresh))
        known.extend(to_text(digest) for digest in digests if digest in held)
