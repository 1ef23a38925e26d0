"""What somebody did over time, and what was said of it: sums that the database makes."""

from typing import Any

from sqlalchemy import and_
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import true
from sqlalchemy.engine import Connection

from ledger.index.queries.conditions import Shown
from ledger.index.queries.conditions import unindexed
from ledger.index.rows import from_seconds
from ledger.index.tables import COMPLETE
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Record
from ledger.index.tables import Rejection
from ledger.index.tables import Submission
from ledger.index.views import Activity
from ledger.index.views import Agreement
from ledger.index.views import Day
from ledger.index.views import Objection
from ledger.validate.reasons import Reason
from ledger.validate.report import Verdict

DAY_SECONDS = 86_400

MOST_DAYS = 400
"""Days of one answer, the latest."""

RECENT = 50
"""Batches whose agreement is told one by one."""

_OBJECTS = Rejection.code != Reason.ENCRYPTED.value

_STANDS = and_(Attestation.standing, Attestation.state == COMPLETE)


def of_contributor(connection: Connection, address: str, there: Shown) -> Activity:
    """Records that somebody signed, by the day of their anchor, and why verdicts refused some."""
    day = Batch.anchored_at // DAY_SECONDS
    query = (
        select(day.label("day"), func.sum(Submission.record_count).label("records"))
        .join(Batch, Batch.id == Submission.batch)
        .where(Submission.contributor == address, Submission.signature_valid)
        .group_by(day)
        .order_by(day.desc())
        .limit(MOST_DAYS)
    )
    days = [_day(row, records=int(row.records)) for row in connection.execute(query)]
    refused = (
        select(Rejection.code, func.count().label("number"))
        .join(Attestation, Attestation.id == Rejection.attestation)
        .join(
            Record,
            and_(Record.batch == Attestation.batch, Record.position == Rejection.position),
        )
        .where(_STANDS, _OBJECTS, Record.contributor == address, unindexed(there))
        .group_by(Rejection.code)
    )
    return Activity(days=days[::-1], objections=_objections(connection, refused), agreements=[])


def of_validators(connection: Connection, address: str | None) -> Activity:
    """Verdicts of a validator, or of all, by day, why they refused, and how others judged."""
    by = true() if address is None else Attestation.validator == address
    day = Attestation.attested_at // DAY_SECONDS
    query = (
        select(
            day.label("day"),
            func.sum(Attestation.accepted).label("accepted"),
            func.sum(Attestation.rejected - Attestation.abstained).label("rejected"),
        )
        .where(_STANDS, by)
        .group_by(day)
        .order_by(day.desc())
        .limit(MOST_DAYS)
    )
    days = [
        _day(row, accepted=int(row.accepted), rejected=int(row.rejected))
        for row in connection.execute(query)
    ]
    refused = (
        select(Rejection.code, func.count().label("number"))
        .join(Attestation, Attestation.id == Rejection.attestation)
        .where(_STANDS, _OBJECTS, by)
        .group_by(Rejection.code)
    )
    return Activity(
        days=days[::-1],
        objections=_objections(connection, refused),
        agreements=[] if address is None else _agreements(connection, address),
    )


def _agreements(connection: Connection, address: str) -> list[Agreement]:
    query = (
        select(Batch.batch_id, Attestation.agreed, Attestation.decided)
        .join(Batch, Batch.id == Attestation.batch)
        .where(_STANDS, Attestation.validator == address)
        .order_by(Attestation.block_number.desc(), Attestation.log_index.desc())
        .limit(RECENT)
    )
    return [
        Agreement(batch_id=row.batch_id, agreed=row.agreed, decided=row.decided)
        for row in connection.execute(query)
    ]


def _objections(connection: Connection, query: Any) -> list[Objection]:
    """Refusals by reason, the most frequent first."""
    known = set(Reason)
    found = [
        Objection(
            code=row.code,
            reason=Verdict(row.code).label,
            meaning=Reason(row.code).meaning if row.code in known else "Known to newer versions.",
            verdicts=row.number,
        )
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda each: (-each.verdicts, each.code))


def _day(row: Any, *, records: int = 0, accepted: int = 0, rejected: int = 0) -> Day:
    day = from_seconds(int(row.day) * DAY_SECONDS).date().isoformat()
    return Day(day=day, records=records, accepted=accepted, rejected=rejected)
