"""Contributors and validators, with what came of what they did."""

from typing import Any

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import tuple_
from sqlalchemy.engine import Connection

from ledger.errors import NotFoundError
from ledger.index.filters import ALL
from ledger.index.filters import Filter
from ledger.index.queries.rows import attestation_row
from ledger.index.queries.rows import select_attestations
from ledger.index.queries.source import RecordSource
from ledger.index.rows import from_seconds
from ledger.index.tables import COMPLETE
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Submission
from ledger.index.validator_state import ValidatorState
from ledger.index.validator_state import states
from ledger.index.views import AttestationRow
from ledger.index.views import ContributorRow
from ledger.index.views import LedgerStatus
from ledger.index.views import ValidatorRow
from ledger.record.eip712 import address_of

MAX_JOBS = 50
"""Jobs named of one contributor."""

RECENT = 50
"""Attestations shown of one validator."""


def contributors(
    connection: Connection, source: RecordSource, address: str | None = None
) -> list[ContributorRow]:
    """Who contributed listed records, the most first; or one of them."""
    chosen = ALL if address is None else Filter(contributor=(address,))
    anchored = _anchored(connection, address)
    jobs = _jobs(source, chosen)
    by_status = source.pairs(chosen, "contributor", "status")
    return [
        ContributorRow(
            address=who,
            records=records,
            accepted=by_status.get((who, LedgerStatus.ACCEPTED.value), 0),
            rejected=by_status.get((who, LedgerStatus.REJECTED.value), 0),
            disputed=by_status.get((who, LedgerStatus.DISPUTED.value), 0),
            submissions=anchored[who].number if who in anchored else 0,
            jobs=jobs.get(who, []),
            first_at=_moment(anchored, who, "first"),
            last_at=_moment(anchored, who, "last"),
        )
        for who, records in source.values(chosen, "contributor")
    ]


def contributor(connection: Connection, source: RecordSource, address: str) -> ContributorRow:
    """One contributor.

    Raises:
        InvalidAddressError: not an address.
        NotFoundError: nothing of theirs is known here.
    """
    found = contributors(connection, source, address_of(address))
    if not found:
        raise NotFoundError(
            f"{address} has contributed nothing that is known here",
            hint="Records count for a contributor once they carry their valid signature.",
        )
    return found[0]


def _moment(anchored: dict[str, Any], address: str, which: str) -> Any:
    return from_seconds(getattr(anchored[address], which)) if address in anchored else None


def _anchored(connection: Connection, address: str | None) -> dict[str, Any]:
    query = (
        select(
            Submission.contributor,
            func.count().label("number"),
            func.min(Batch.anchored_at).label("first"),
            func.max(Batch.anchored_at).label("last"),
        )
        .join(Batch, Batch.id == Submission.batch)
        .where(Submission.signature_valid)
        .group_by(Submission.contributor)
    )
    if address is not None:
        query = query.where(Submission.contributor == address)
    return {row.contributor: row for row in connection.execute(query)}


def _jobs(source: RecordSource, chosen: Filter) -> dict[str, list[str]]:
    """By contributor, their jobs, the most frequent first."""
    found: dict[str, list[str]] = {}
    counted = source.pairs(chosen, "contributor", "job").items()
    for (who, job), _ in sorted(counted, key=lambda item: (-item[1], item[0][1])):
        jobs = found.setdefault(who, [])
        if len(jobs) < MAX_JOBS:
            jobs.append(job)
    return found


def validators(connection: Connection) -> list[ValidatorRow]:
    """Every account that was ever admitted, active ones first."""
    said = _said(connection)
    rows = [_validator(address, state, said) for address, state in states(connection).items()]
    return sorted(rows, key=lambda row: (not row.active, -row.attestations, row.address))


def validator(connection: Connection, address: str) -> ValidatorRow:
    """One validator.

    Raises:
        InvalidAddressError: not an address.
        NotFoundError: it was never admitted.
    """
    found = states(connection)
    canonical = address_of(address)
    if canonical not in found:
        raise NotFoundError(
            f"{address} was never admitted as a validator",
            hint="`perfledger validator list` names those that were.",
        )
    return _validator(canonical, found[canonical], _said(connection))


def attestations(
    connection: Connection, address: str, *, limit: int = RECENT, after: str | None = None
) -> list[AttestationRow]:
    """A validator's standing attestations, newest first; those before the one of a batch.

    Raises:
        NotFoundError: the validator has attested no batch ``after``.
    """
    said = select_attestations().where(Attestation.validator == address_of(address))
    if after is not None:
        last = connection.execute(said.where(Batch.batch_id == after)).first()
        if last is None:
            raise NotFoundError(
                f"{address} has attested no batch {after}", hint="Begin with the latest."
            )
        place = tuple_(Attestation.block_number, Attestation.log_index)
        said = said.where(place < (last.block_number, last.log_index))
    return [attestation_row(row) for row in connection.execute(said.limit(limit))]


def _said(connection: Connection) -> dict[str, Any]:
    """Sums over a validator's standing attestations whose report is here."""
    query = (
        select(
            Attestation.validator,
            func.count().label("number"),
            func.sum(Attestation.accepted).label("accepted"),
            func.sum(Attestation.rejected - Attestation.abstained).label("rejected"),
            func.sum(Attestation.agreed).label("agreed"),
            func.sum(Attestation.decided).label("decided"),
            func.max(Attestation.attested_at).label("last"),
        )
        .where(Attestation.standing, Attestation.state == COMPLETE)
        .group_by(Attestation.validator)
    )
    return {row.validator: row for row in connection.execute(query)}


def _validator(address: str, state: ValidatorState, said: dict[str, Any]) -> ValidatorRow:
    sums = said.get(address)
    return ValidatorRow(
        address=address,
        active=state.active,
        bond_wei=state.bond_wei,
        attestations=0 if sums is None else sums.number,
        accepted=0 if sums is None else int(sums.accepted),
        rejected=0 if sums is None else int(sums.rejected),
        agreed=0 if sums is None else int(sums.agreed),
        decided=0 if sums is None else int(sums.decided),
        last_at=None if sums is None else from_seconds(sums.last),
    )
