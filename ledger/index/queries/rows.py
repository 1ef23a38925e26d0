"""Views of single rows of the index."""

from typing import Any

from sqlalchemy import Select
from sqlalchemy import select

from ledger.index.rows import from_microseconds
from ledger.index.rows import from_seconds
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Record
from ledger.index.tables import Supersession
from ledger.index.tables import SyncState
from ledger.index.views import AttestationRow
from ledger.index.views import BatchRow
from ledger.index.views import LedgerStatus
from ledger.index.views import RecordRow
from ledger.index.views import SubmissionRow
from ledger.record.cid import Digest
from ledger.record.cid import to_text

_RECORD_COLUMNS = tuple(
    column
    for column in Record.__table__.columns
    if column.name not in {"search", "listed", "revision"}
)


def select_records() -> Select[Any]:
    """Records with what their batch says of them; read with `record_row`."""
    return select(*_RECORD_COLUMNS, Batch.batch_id, Batch.quorum, Batch.validators).join_from(
        Record, Batch, Batch.id == Record.batch, isouter=True
    )


def record_row(row: Any) -> RecordRow:
    """A row of `select_records`."""
    return RecordRow.model_construct(
        cid=to_text(Digest(bytes(row.digest))),
        job=row.job,
        framework=row.framework,
        algorithm=row.algorithm,
        machine_type=row.machine_type,
        provider=row.provider,
        nodes=row.nodes,
        input_bytes=row.input_bytes,
        runtime_seconds=row.runtime_seconds,
        outcome=row.outcome,
        status=LedgerStatus(row.status),
        contributor=row.contributor,
        started_at=None if row.started_at is None else from_microseconds(row.started_at),
        batch_id=row.batch_id,
        accepted=row.accepted,
        rejected=row.rejected,
        validators=row.validators or 0,
        quorum=row.quorum or 0,
    )


def select_batches() -> Select[Any]:
    """Batches with what became of them; read with `batch_row`."""
    final = select(SyncState.final_block).scalar_subquery()
    return select(
        *Batch.__table__.columns, Supersession.replacement_id, final.label("final_block")
    ).join_from(Batch, Supersession, Supersession.batch_id == Batch.batch_id, isouter=True)


def batch_row(row: Any) -> BatchRow:
    """A row of `select_batches`."""
    return BatchRow(
        batch_id=row.batch_id,
        root=row.root,
        manifest_cid=row.manifest_cid,
        publisher=row.publisher,
        count=row.record_count,
        submissions=row.submissions,
        block_number=row.block_number,
        block_hash=row.block_hash,
        transaction_hash=row.transaction_hash,
        anchored_at=from_seconds(row.anchored_at),
        final=row.final_block is not None and row.block_number <= row.final_block,
        state=row.state,
        problem=row.problem,
        quorum=row.quorum,
        validators=row.validators,
        gas_used=row.gas_used,
        superseded_by=row.replacement_id,
    )


def submission_row(row: Any) -> SubmissionRow:
    """A row of the submissions."""
    return SubmissionRow(
        contributor=row.contributor,
        root=row.root,
        count=row.record_count,
        signature=row.signature,
        signature_valid=row.signature_valid,
    )


def select_attestations() -> Select[Any]:
    """Attestations that stand, newest first; read with `attestation_row`."""
    return (
        select(*Attestation.__table__.columns, Batch.batch_id)
        .join_from(Attestation, Batch, Batch.id == Attestation.batch)
        .where(Attestation.standing)
        .order_by(Attestation.block_number.desc(), Attestation.log_index.desc())
    )


def attestation_row(row: Any) -> AttestationRow:
    """A row of `select_attestations`."""
    return AttestationRow(
        batch_id=row.batch_id,
        validator=row.validator,
        sequence=row.sequence,
        verdict_root=row.verdict_root,
        accepted=row.accepted,
        rejected=row.rejected - row.abstained,
        abstained=row.abstained,
        report_cid=row.report_cid,
        state=row.state,
        problem=row.problem,
        block_number=row.block_number,
        transaction_hash=row.transaction_hash,
        attested_at=from_seconds(row.attested_at),
    )
