"""Computes the statuses of a batch's records from the verdicts that stand."""

from collections.abc import Iterable
from collections.abc import Sequence

from sqlalchemy import and_
from sqlalchemy import exists
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from ledger.index.tables import COMPLETE
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Record
from ledger.index.tables import Rejection
from ledger.index.tables import Revocation
from ledger.index.tables import Submission
from ledger.index.tables import Supersession
from ledger.index.validator_state import states
from ledger.index.views import LedgerStatus
from ledger.validate.quorum import status


def recompute(connection: Connection, batches: Iterable[int]) -> None:
    """Bring statuses, standing attestations and agreement of these batches up to date.

    The verdicts of a slashed validator do not count: it was proven to have said two things.
    """
    slashed = [address for address, state in states(connection).items() if state.slashed]
    for batch in sorted(set(batches)):
        _mark_standing(connection, batch)
        counted = _counted(connection, batch, slashed)
        _set_statuses(connection, batch, counted)
        _set_revoked(connection, batch)
        for attestation in counted:
            _set_agreement(connection, batch, attestation)


def _mark_standing(connection: Connection, batch: int) -> None:
    later = aliased(Attestation)
    is_corrected = exists().where(
        later.batch == Attestation.batch,
        later.validator == Attestation.validator,
        later.sequence > Attestation.sequence,
    )
    connection.execute(
        update(Attestation)
        .where(Attestation.batch == batch)
        .values(standing=~is_corrected, agreed=0, decided=0)
    )


def _counted(connection: Connection, batch: int, slashed: Sequence[str]) -> list[int]:
    query = select(Attestation.id).where(
        Attestation.batch == batch,
        Attestation.standing,
        Attestation.state == COMPLETE,
        Attestation.validator.not_in(slashed),
    )
    return list(connection.execute(query).scalars())


def _set_statuses(connection: Connection, batch: int, counted: Sequence[int]) -> None:
    rejections = (
        select(Rejection.position, func.count().label("number"))
        .where(Rejection.attestation.in_(counted))
        .group_by(Rejection.position)
        .subquery()
    )
    numbers = connection.execute(select(rejections.c.number).distinct()).scalars().all()
    for rejected in (0, *numbers):
        positions = select(rejections.c.position)
        concerned = (
            Record.position.in_(positions.where(rejections.c.number == rejected))
            if rejected
            else Record.position.not_in(positions)
        )
        _set(connection, batch, len(counted) - rejected, rejected, concerned)


def _set(
    connection: Connection, batch: int, accepted: int, rejected: int, concerned: object
) -> None:
    anchored = connection.execute(
        select(Batch.quorum, Batch.overdue, Supersession.replacement_id)
        .join(Supersession, Supersession.batch_id == Batch.batch_id, isouter=True)
        .where(Batch.id == batch)
    ).one()
    outcome = status(
        accepted,
        rejected,
        anchored.quorum,
        deadline_passed=anchored.overdue,
        superseded=anchored.replacement_id is not None,
    )
    connection.execute(
        update(Record)
        .where(
            Record.batch == batch,
            concerned,  # type: ignore[arg-type]
            or_(
                Record.status != outcome.value,
                Record.accepted != accepted,
                Record.rejected != rejected,
            ),
        )
        .values(status=outcome.value, accepted=accepted, rejected=rejected)
    )


def _set_revoked(connection: Connection, batch: int) -> None:
    """A contributor may withdraw whatever a leaf says is theirs, signed or not."""
    revoked = (
        select(Record.id)
        .join(Submission, Submission.id == Record.submission)
        .join(
            Revocation,
            and_(
                Revocation.digest == Record.digest,
                Revocation.contributor == Submission.contributor,
            ),
        )
        .where(Record.batch == batch)
    )
    connection.execute(
        update(Record).where(Record.id.in_(revoked)).values(status=LedgerStatus.REVOKED.value)
    )


def _set_agreement(connection: Connection, batch: int, attestation: int) -> None:
    """How many of a validator's verdicts match the outcome, among those that have one."""
    rejection = aliased(Rejection)
    decided = {LedgerStatus.ACCEPTED.value: 0, LedgerStatus.REJECTED.value: 0}
    agreed = 0
    query = (
        select(Record.status, func.count(), func.count(rejection.position))
        .join(
            rejection,
            and_(rejection.attestation == attestation, rejection.position == Record.position),
            isouter=True,
        )
        .where(Record.batch == batch, Record.status.in_(decided))
        .group_by(Record.status)
    )
    for outcome, total, rejections in connection.execute(query):
        decided[outcome] = total
        agreed += rejections if outcome == LedgerStatus.REJECTED.value else total - rejections
    connection.execute(
        update(Attestation)
        .where(Attestation.id == attestation)
        .values(agreed=agreed, decided=sum(decided.values()))
    )
