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
from ledger.index.tables import Envelope
from ledger.index.tables import Record
from ledger.index.tables import Rejection
from ledger.index.tables import Revocation
from ledger.index.tables import Submission
from ledger.index.tables import Supersession
from ledger.index.validator_state import states
from ledger.index.views import LedgerStatus
from ledger.validate.quorum import status
from ledger.validate.reasons import Reason

_JUDGED: tuple[type[Record] | type[Envelope], ...] = (Record, Envelope)
"""What verdicts are about."""


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
    """By how many validators reject a record and how many say nothing; the others accept it."""
    abstains = Rejection.code == Reason.ENCRYPTED.value
    said = (
        select(
            Rejection.position,
            func.count().filter(~abstains).label("rejected"),
            func.count().filter(abstains).label("abstained"),
        )
        .where(Rejection.attestation.in_(counted))
        .group_by(Rejection.position)
        .subquery()
    )
    anchored = connection.execute(
        select(Batch.quorum, Batch.overdue, Supersession.replacement_id)
        .join(Supersession, Supersession.batch_id == Batch.batch_id, isouter=True)
        .where(Batch.id == batch)
    ).one()
    found = connection.execute(select(said.c.rejected, said.c.abstained).distinct()).all()
    for rejected, abstained in [(0, 0), *found]:
        accepted = len(counted) - rejected - abstained
        outcome = status(
            accepted,
            rejected,
            anchored.quorum,
            deadline_passed=anchored.overdue,
            superseded=anchored.replacement_id is not None,
        )
        positions = select(said.c.position)
        same = positions.where(said.c.rejected == rejected, said.c.abstained == abstained)
        for table in _JUDGED:
            concerned = (
                table.position.in_(same)
                if rejected or abstained
                else table.position.not_in(positions)
            )
            values = {"status": outcome.value, "accepted": accepted, "rejected": rejected}
            differs = or_(*(getattr(table, name) != value for name, value in values.items()))
            connection.execute(
                update(table).where(table.batch == batch, concerned, differs).values(values)
            )


def _set_revoked(connection: Connection, batch: int) -> None:
    """A contributor may withdraw whatever a leaf says is theirs, signed or not."""
    for table in _JUDGED:
        revoked = (
            select(table.position)
            .join(Submission, Submission.id == table.submission)
            .join(
                Revocation,
                and_(
                    Revocation.digest == table.digest,
                    Revocation.contributor == Submission.contributor,
                ),
            )
            .where(table.batch == batch)
        )
        connection.execute(
            update(table)
            .where(table.batch == batch, table.position.in_(revoked))
            .values(status=LedgerStatus.REVOKED.value)
        )


def _set_agreement(connection: Connection, batch: int, attestation: int) -> None:
    """How many of a validator's verdicts match the outcome, among those that have one."""
    decided = agreed = 0
    abstains = Rejection.code == Reason.ENCRYPTED.value
    outcomes = (LedgerStatus.ACCEPTED.value, LedgerStatus.REJECTED.value)
    for table in _JUDGED:
        query = (
            select(
                table.status,
                func.count(),
                func.count(Rejection.position).filter(~abstains),
                func.count(Rejection.position).filter(abstains),
            )
            .join(
                Rejection,
                and_(Rejection.attestation == attestation, Rejection.position == table.position),
                isouter=True,
            )
            .where(table.batch == batch, table.status.in_(outcomes))
            .group_by(table.status)
        )
        for outcome, total, rejections, abstentions in connection.execute(query):
            said = total - abstentions
            decided += said
            rejected = outcome == LedgerStatus.REJECTED.value
            agreed += rejections if rejected else said - rejections
    connection.execute(
        update(Attestation)
        .where(Attestation.id == attestation)
        .values(agreed=agreed, decided=decided)
    )
