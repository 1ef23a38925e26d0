"""A validator at work: finds batches it has not judged, judges them, attests."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

from filelock import FileLock

from ledger.anchor.batch import Batch
from ledger.anchor.manifest import read_batch
from ledger.anchor.outbox.reports import ReportJournal
from ledger.chain.contracts import LedgerContracts
from ledger.chain.sender import Sender
from ledger.errors import PerfledgerError
from ledger.record.cid import Digest
from ledger.record.cid import from_text
from ledger.record.eip712 import StatementSigner
from ledger.store.blocks import Block
from ledger.store.blocks import BlockStore
from ledger.validate.attest import make_report
from ledger.validate.checks import check_batch
from ledger.validate.checks.context import Context
from ledger.validate.checks.context import Execution
from ledger.validate.checks.context import SealedLeaf
from ledger.validate.report import Report
from ledger.validate.report import Verdict
from ledger.validate.report import read_report

FIRST_SEQUENCE = 1


class AnchoredBatch(Protocol):
    """What the validator has to know of a batch, as the index lists it."""

    @property
    def batch_id(self) -> str:
        """As contracts name it, 0x-prefixed."""

    @property
    def manifest_cid(self) -> str:
        """CID of its manifest."""

    @property
    def anchored_at(self) -> datetime:
        """Timestamp of its block."""


class Past(Protocol):
    """What the chain said before a batch."""

    def seen(self, records: Sequence[Digest]) -> set[Digest]:
        """Those of the records that stood in an earlier batch."""

    def executed(self, executions: Sequence[Execution]) -> set[Execution]:
        """Those of the executions of which an earlier batch held a record."""

    def alike(self, job: str) -> Sequence[tuple[Digest, str]]:
        """Successful records of a job that stood in earlier batches, with their contributors."""

    def envelopes(self) -> Sequence[Digest]:
        """Encrypted records that stood in an earlier batch, whoever handed them in."""

    def standing(self, envelopes: Mapping[Digest, str]) -> Sequence[Digest]:
        """Those that stood there, handed in by these."""

    def latest(self, envelopes: Iterable[tuple[Digest, str]], most: int) -> Sequence[Digest]:
        """The latest of them, the latest first, and no more than these in memory."""


class History(Protocol):
    """What the chain says of batches."""

    def unattested(self, validator: str) -> Sequence[AnchoredBatch]:
        """Complete batches that the validator has not attested, oldest first."""

    def before(self, batch_id: str) -> Past:
        """What the chain said before a batch; an `UnavailableError` where that may still change."""


class Members(Protocol):
    """Whoever here can read what is encrypted for a group."""

    def judge(
        self, leaves: Sequence[SealedLeaf], past: Past, context: Context
    ) -> Sequence[Verdict]:
        """A verdict for each encrypted record of a batch, in their order."""


@dataclass(frozen=True, slots=True)
class Attested:
    """One attestation made.

    Attributes:
        batch_id: 0x-prefixed.
        accepted: records accepted.
        rejected: records rejected, as the contract counts them.
        abstained: of those, encrypted ones that the validator cannot read.
        gas_used: by the transaction.
    """

    batch_id: str
    accepted: int
    rejected: int
    abstained: int
    gas_used: int


class ValidatorService:
    """Judges batches with one validator's key.

    Two different signatures for one batch and sequence would be equivocation, whatever lies
    between them: a crash, an upgrade, another process. So processes take turns (``lock``), and a
    signature is on disk before anything else has it.
    """

    def __init__(
        self,
        *,
        signer: StatementSigner,
        sender: Sender,
        store: BlockStore,
        contracts: LedgerContracts,
        history: History,
        journal: ReportJournal,
        lock: FileLock,
        members: Members | None = None,
        observer: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._signer = signer
        self._sender = sender
        self._store = store
        self._contracts = contracts
        self._history = history
        self._journal = journal
        self._lock = lock
        self._members = members
        self._observe = observer

    @property
    def address(self) -> str:
        """EIP-55 address of the validator."""
        return self._signer.address

    def is_active(self) -> bool:
        """Whether the contract takes this validator's attestations."""
        return bool(self._contracts.validator_set.functions.isActive(self.address).call())

    def step(
        self,
        *,
        progress: Callable[[str, int], None] = lambda _batch, _records: None,
        failed: Callable[[str, PerfledgerError], None] = lambda _batch, _error: None,
    ) -> list[Attested]:
        """Attest every batch that waits for this validator.

        A batch that cannot be judged now is reported to ``failed`` and tried again next time; the
        others go on.
        """
        done = []
        for batch in self._history.unattested(self.address):
            try:
                attested = self.attest(batch, progress=progress)
            except PerfledgerError as error:
                failed(batch.batch_id, error)
                continue
            if attested is not None:
                done.append(attested)
        return done

    def attest(
        self,
        batch: AnchoredBatch,
        *,
        progress: Callable[[str, int], None] = lambda _batch, _records: None,
    ) -> Attested | None:
        """Judge one batch and put the verdict on chain; None if it is there already.

        Raises:
            UnsettledError: what came before the batch may still change.
            BlockNotFoundError: a record is not here yet.
            RevertedError: the contract refuses, e.g. because the validator is not active.
        """
        with self._lock:
            return self._attest(batch, lambda records: progress(batch.batch_id, records))

    def _attest(self, batch: AnchoredBatch, progress: Callable[[int], None]) -> Attested | None:
        batch_id = bytes.fromhex(batch.batch_id[2:])
        if self._contracts.attestations.functions.attestation(batch_id, self.address).call()[0]:
            return None
        report, digest = self._report(batch, batch_id, progress)
        receipt = self._sender.transact(
            f"attest {batch.batch_id} {report.sequence}",
            self._contracts.attestations.functions.attest(
                batch_id, report.sequence, report.root, report.accepted, report.rejected, digest
            ),
        )
        self._observe("attested")
        return Attested(
            batch.batch_id, report.accepted, report.rejected, report.abstained, receipt["gasUsed"]
        )

    def _report(
        self, batch: AnchoredBatch, batch_id: bytes, progress: Callable[[int], None]
    ) -> tuple[Report, Digest]:
        """The report to attest, in the store: the one signed before a crash, or a new one."""
        content = read_batch(self._store, from_text(batch.manifest_cid))
        head = self._journal.get(batch_id, self.address, FIRST_SEQUENCE)
        if head is not None:
            self._store.put_many([head])
            return read_report(self._store, head[0], content.records()), head[0]
        report, head = self._sign(batch, batch_id, content, progress)
        self._store.put_many([head])
        self._observe("report stored")
        return report, head[0]

    def _sign(
        self,
        batch: AnchoredBatch,
        batch_id: bytes,
        content: Batch,
        progress: Callable[[int], None],
    ) -> tuple[Report, Block]:
        """Judge and sign; returns the report and its head, the one block that has the signature.

        The pages are stored before the head is kept, so that who has the head has the report.
        """
        past = self._history.before(batch.batch_id)
        context = Context(
            anchored_at=batch.anchored_at,
            seen=past.seen,
            executed=past.executed,
            alike=past.alike,
        )
        if self._members is not None:
            sealed = partial(self._members.judge, past=past, context=context)
            context = replace(context, sealed=sealed)
        verdicts = check_batch(content, self._store, context, progress=progress)
        report, (*pages, head) = make_report(
            content,
            verdicts,
            batch_id=batch_id,
            sequence=FIRST_SEQUENCE,
            domain=self._contracts.deployment.verdict_domain,
            signer=self._signer,
        )
        self._store.put_many(pages)
        self._observe("verdicts stored")
        self._journal.keep(batch_id, self.address, FIRST_SEQUENCE, head)
        self._observe("report kept")
        return report, head
