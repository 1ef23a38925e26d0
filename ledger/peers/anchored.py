"""What the index says of DAGs: which are missing, which are whole, and what is in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.database import Index
from ledger.index.tables import COMPLETE
from ledger.index.tables import FETCHING
from ledger.index.tables import LEAVES
from ledger.index.tables import MALFORMED
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Envelope
from ledger.index.tables import Record
from ledger.index.tables import Submission
from ledger.index.views import LedgerStatus
from ledger.peers.shape import Shape
from ledger.record.cid import Digest
from ledger.record.cid import from_text

BATCH, REPORT = "batch", "report"

_LOOKUP = 500

_WITHDRAWN = (LedgerStatus.REJECTED, LedgerStatus.SUPERSEDED, LedgerStatus.REVOKED)


@dataclass(frozen=True, slots=True)
class AnchoredDAG:
    """A batch, or a validator's report on one, as the chain names it.

    Attributes:
        digest: its root block: of the manifest, or of the report.
        kind: `BATCH` or `REPORT`.
        batch: the index's key of the batch.
        batch_id: the batch, as contracts name it.
        publisher: who anchored the batch.
        records: how many the batch holds.
        anchored_at: Unix time of the batch's anchor.
    """

    digest: Digest
    kind: str
    batch: int
    batch_id: str
    publisher: str
    records: int
    anchored_at: int

    @property
    def shape(self) -> Shape:
        """How large it may be."""
        return (Shape.of_batch if self.kind == BATCH else Shape.of_report)(self.records)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a whole batch holds.

    Attributes:
        jobs: names.
        frameworks: names.
        contributors: EIP-55 addresses.
        statuses: of its records.
    """

    jobs: frozenset[str]
    frameworks: frozenset[str]
    contributors: frozenset[str]
    statuses: frozenset[str]


class AnchoredDAGs:
    """Reads the index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def missing(self) -> list[AnchoredDAG]:
        """DAGs whose blocks are not all here, the oldest first."""
        return self._select(FETCHING)

    def whole(self) -> list[AnchoredDAG]:
        """DAGs that were here and were what was anchored, the oldest first."""
        return self._select(COMPLETE)

    def malformed(self) -> list[AnchoredDAG]:
        """DAGs that were here and were not what was anchored."""
        return self._select(MALFORMED)

    def revision(self) -> int:
        """Rises with every change of the index."""
        return self._index.revision()

    def count(self) -> int:
        """How many DAGs the chain names."""
        with self._index.read() as connection:
            return sum(
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (Batch, Attestation)
            )

    def withdrawn(self) -> set[int]:
        """Keys of whole batches all of whose records were rejected, superseded or revoked."""
        standing = [
            ~exists().where(
                table.batch == Batch.id,
                table.status.not_in([status.value for status in _WITHDRAWN]),
            )
            for table in (Record, Envelope)
        ]
        query = select(Batch.id).where(Batch.state == COMPLETE, *standing)
        with self._index.read() as connection:
            return set(connection.execute(query).scalars())

    def contents(self, batch: int) -> Contents:
        """What is in a whole batch."""
        with self._index.read() as connection:
            rows = connection.execute(
                select(Record.job, Record.framework, Record.contributor, Record.status)
                .where(Record.batch == batch)
                .distinct()
            ).all()
            sealed = connection.execute(
                select(Envelope.status).where(Envelope.batch == batch).distinct()
            ).scalars()
            statuses = frozenset([*sealed, *(row.status for row in rows)])
            signed = connection.execute(
                select(Submission.contributor).where(Submission.batch == batch)
            ).scalars()
            contributors = frozenset(signed)
        return Contents(
            frozenset(row.job for row in rows),
            frozenset(row.framework for row in rows),
            contributors,
            statuses,
        )

    def held_by_others(
        self, digests: Sequence[Digest], batch: int, kept: set[Digest]
    ) -> set[Digest]:
        """Leaves that other kept batches hold as well, or that are pending here."""
        shared: set[Digest] = set()
        with self._index.read() as connection:
            others = self._kept_keys(connection, batch, kept)
            for start in range(0, len(digests), _LOOKUP):
                part = digests[start : start + _LOOKUP]
                for table in LEAVES:
                    found = select(table.digest, table.batch).where(table.digest.in_(part))
                    shared |= {
                        Digest(bytes(digest))
                        for digest, held_by in connection.execute(found)
                        if held_by is None or held_by in others
                    }
        return shared

    @staticmethod
    def _kept_keys(connection: Connection, batch: int, kept: set[Digest]) -> set[int]:
        return {
            row.id
            for row in connection.execute(select(Batch.id, Batch.manifest_cid))
            if row.id != batch and from_text(row.manifest_cid) in kept
        }

    def _select(self, state: str) -> list[AnchoredDAG]:
        facts = (Batch.batch_id, Batch.publisher, Batch.record_count, Batch.anchored_at)
        batches = (
            select(Batch.manifest_cid, Batch.id, *facts)
            .where(Batch.state == state)
            .order_by(Batch.id)
        )
        reports = (
            select(Attestation.report_cid, Batch.id, *facts)
            .join(Batch, Batch.id == Attestation.batch)
            .where(Attestation.state == state, Batch.state != MALFORMED)
            .order_by(Attestation.id)
        )
        with self._index.read() as connection:
            return [
                AnchoredDAG(from_text(row[0]), kind, *row[1:])
                for kind, query in ((BATCH, batches), (REPORT, reports))
                for row in connection.execute(query)
            ]
