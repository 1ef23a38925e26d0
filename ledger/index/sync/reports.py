"""Brings the verdicts of an attestation into the index."""

from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update

from ledger.errors import InvalidInputError
from ledger.errors import UnavailableError
from ledger.index.database import Index
from ledger.index.rows import hex_text
from ledger.index.sync.statuses import recompute
from ledger.index.tables import COMPLETE
from ledger.index.tables import FETCHING
from ledger.index.tables import LEAVES
from ledger.index.tables import MALFORMED
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Rejection
from ledger.record.cid import Digest
from ledger.record.cid import from_text
from ledger.record.eip712 import Domain
from ledger.store.blocks import BlockStore
from ledger.validate.report import MalformedReportError
from ledger.validate.report import Report
from ledger.validate.report import read_report

_REJECTIONS_AT_ONCE = 10_000


def ingest(index: Index, store: BlockStore, key: int, domain: Domain) -> bool:
    """Keep the verdicts of an attestation; returns whether there is anything new.

    A report whose blocks are not all here leaves the attestation ``fetching`` with the reason; one
    that is not what was attested makes it ``malformed`` with the reason.
    """
    with index.read() as connection:
        row = connection.execute(
            select(Attestation, Batch.batch_id)
            .join(Batch, Batch.id == Attestation.batch)
            .where(Attestation.id == key, Attestation.state == FETCHING, Batch.state == COMPLETE)
        ).one_or_none()
        records = [] if row is None else _records(connection, row.batch)
    if row is None:
        return False
    try:
        report = read_report(store, from_text(row.report_cid), records)
        _require_as_attested(report, row, domain)
    except UnavailableError as error:
        return _settle(index, row, FETCHING, error.message)
    except InvalidInputError as error:
        return _settle(index, row, MALFORMED, error.message)
    return _settle(index, row, COMPLETE, "", report)


def _records(connection: Any, batch: int) -> list[Digest]:
    """The leaves of a batch, in its order."""
    found = [
        (position, Digest(bytes(digest)))
        for table in LEAVES
        for position, digest in connection.execute(
            select(table.position, table.digest).where(table.batch == batch)
        )
    ]
    return [digest for _, digest in sorted(found)]


def _require_as_attested(report: Report, row: Any, domain: Domain) -> None:
    said = (
        report.domain,
        hex_text(report.batch_id),
        report.validator,
        report.sequence,
        hex_text(report.root),
        report.accepted,
        report.rejected,
    )
    attested = (
        domain,
        row.batch_id,
        row.validator,
        row.sequence,
        row.verdict_root,
        row.accepted,
        row.rejected,
    )
    names = ("ledger", "batch", "validator", "sequence", "root", "accepted", "rejected")
    for name, found, expected in zip(names, said, attested, strict=True):
        if found != expected:
            raise MalformedReportError(f"the report differs from what was attested ({name})")


def _settle(index: Index, row: Any, state: str, problem: str, report: Report | None = None) -> bool:
    with index.write() as connection:
        changed = connection.execute(
            update(Attestation)
            .where(
                Attestation.id == row.id,
                Attestation.transaction_hash == row.transaction_hash,
                Attestation.state == FETCHING,
            )
            .values(
                state=state,
                problem=problem,
                attempts=Attestation.attempts + 1,
                abstained=0 if report is None else report.abstained,
            )
        )
        if changed.rowcount == 0 or state == FETCHING:
            return False
        rejections = (
            {
                "attestation": row.id,
                "position": position,
                "code": verdict.code,
                "detail": verdict.detail.replace("\0", "\ufffd"),
            }
            for position, verdict in enumerate(report.verdicts if report else ())
            if not verdict.accepted
        )
        while chunk := list(islice(rejections, _REJECTIONS_AT_ONCE)):
            connection.execute(insert(Rejection), chunk)
        recompute(connection, [row.batch])
    return True
