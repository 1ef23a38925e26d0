"""Everything known of one record or one batch."""

from typing import Any

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.index.queries.conditions import Shown
from ledger.index.queries.conditions import digest_bounds
from ledger.index.queries.conditions import unindexed
from ledger.index.queries.rows import attestation_row
from ledger.index.queries.rows import batch_row
from ledger.index.queries.rows import select_attestations
from ledger.index.queries.rows import select_batches
from ledger.index.queries.rows import select_records
from ledger.index.queries.rows import submission_row
from ledger.index.tables import COMPLETE
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Envelope
from ledger.index.tables import Record
from ledger.index.tables import Rejection
from ledger.index.tables import Submission
from ledger.index.tables import Undecodable
from ledger.index.views import BatchDetail
from ledger.index.views import BatchRow
from ledger.index.views import VerdictRow
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.validate.reasons import Reason
from ledger.validate.report import Verdict

MIN_PREFIX = 11
"""Characters of a CID that a look-up needs; the first seven are the same for all."""

_CANDIDATES = 5


class AmbiguousPrefixError(InvalidInputError):
    """Several records' CIDs begin with the text given."""


class EncryptedRecordError(NotFoundError):
    """What a CID names is encrypted for a group: that it exists is all that is known.

    Attributes:
        cid: of the envelope.
    """

    def __init__(self, cid: str) -> None:
        self.cid = cid
        super().__init__(
            f"{cid} is encrypted for a group",
            hint="It is anchored as any record is; only members can read it: "
            "`perfledger show --group NAME`.",
        )


def resolve(connection: Connection, prefix: str, there: Shown) -> Digest:
    """The record whose CID begins with a text.

    Raises:
        NotFoundError: none does.
        AmbiguousPrefixError: several do, or the text is too short to tell.
    """
    text = prefix.strip().lower()
    bounds = digest_bounds(text)
    if bounds is None:
        raise NotFoundError(
            f"{prefix[:80]!r} does not begin a CID of this ledger",
            hint="A record's CID is 59 characters and begins with 'bafyrei'.",
        )
    if len(text) < MIN_PREFIX:
        raise AmbiguousPrefixError(
            f"{text!r} is too short to name a record",
            hint=f"Give at least {MIN_PREFIX} characters.",
        )
    query = (
        select(Record.digest)
        .where(Record.digest.between(*bounds), unindexed(there))
        .order_by(Record.digest)
        .limit(_CANDIDATES)
    )
    found = [Digest(bytes(digest)) for digest in connection.execute(query).scalars()]
    if not found:
        raise _not_found(connection, text, bounds)
    if len(found) > 1:
        raise AmbiguousPrefixError(
            f"several records begin with {text!r}",
            hint="Give more characters; among them are "
            + ", ".join(to_text(digest) for digest in found),
        )
    return found[0]


def _not_found(connection: Connection, text: str, bounds: tuple[bytes, bytes]) -> NotFoundError:
    sealed = connection.execute(
        select(Envelope.digest).where(Envelope.digest.between(*bounds))
    ).first()
    if sealed is not None:
        return EncryptedRecordError(to_text(Digest(bytes(sealed.digest))))
    leaf = connection.execute(
        select(Undecodable.problem, Batch.batch_id)
        .join(Batch, Batch.id == Undecodable.batch)
        .where(Undecodable.digest.between(*bounds))
    ).first()
    if leaf is not None:
        return NotFoundError(
            f"{text} is in batch {leaf.batch_id}, but it is no record: {leaf.problem}",
            hint="A newer version of perfledger may know its schema.",
        )
    return NotFoundError(
        f"no record {text} is known here",
        hint="If it was anchored lately, the index may not have come to it: see "
        "`perfledger status`.",
    )


def require_shown(connection: Connection, digest: Digest, there: Shown) -> None:
    """Let pass what is no record, and records that are there.

    Raises:
        NotFoundError: it is a record, and not there for this reader.
    """
    claims = select(func.count(), func.count().filter(there)).where(Record.digest == digest)
    number, visible = connection.execute(claims).one()
    if number and not visible:
        raise _not_found(connection, to_text(digest), (digest, digest))


def record(connection: Connection, digest: Digest, there: Shown) -> Any:
    """The row of a record."""
    query = select_records().where(Record.digest == digest, unindexed(there))
    row = connection.execute(query).first()
    if row is None:
        raise _not_found(connection, to_text(digest), (digest, digest))
    return row


def place(connection: Connection, row: Any) -> tuple[str | None, BatchRow | None]:
    """The submission root and the batch of a record's row; None while it is pending."""
    if row.batch is None:
        return None, None
    root = connection.execute(
        select(Submission.root).where(Submission.id == row.submission)
    ).scalar_one()
    found = connection.execute(select_batches().where(Batch.id == row.batch)).one()
    return root, batch_row(found)


def verdicts(connection: Connection, row: Any) -> list[VerdictRow]:
    """What validators say of a record now, newest first."""
    if row.batch is None:
        return []
    query = (
        select_attestations()
        .add_columns(Rejection.code, Rejection.detail)
        .join(
            Rejection,
            (Rejection.attestation == Attestation.id) & (Rejection.position == row.position),
            isouter=True,
        )
        .where(Attestation.batch == row.batch, Attestation.state == COMPLETE)
    )
    return [_verdict_row(found) for found in connection.execute(query)]


def _verdict_row(row: Any) -> VerdictRow:
    code = row.code or 0
    known = code in set(Reason)
    return VerdictRow(
        validator=row.validator,
        accepted=code == Reason.ACCEPTED,
        abstained=Verdict(code).abstains,
        code=code,
        reason=Verdict(code).label,
        meaning=Reason(code).meaning if known else "A reason that a newer version knows.",
        detail=row.detail or "",
        sequence=row.sequence,
        report_cid=row.report_cid,
        block_number=row.block_number,
        transaction_hash=row.transaction_hash,
    )


def batch(connection: Connection, batch_id: str) -> BatchDetail:
    """A batch with its submissions and the attestations that stand.

    Raises:
        NotFoundError: it is not known here.
    """
    found = connection.execute(
        select_batches().where(Batch.batch_id == batch_id.strip().lower())
    ).first()
    if found is None:
        raise NotFoundError(
            f"no batch {batch_id[:80]} is known here",
            hint="A batch id is 0x and 64 hex digits; if it was anchored lately, the index may not "
            "have come to it: see `perfledger status`.",
        )
    submissions = connection.execute(
        select(*Submission.__table__.columns)
        .where(Submission.batch == found.id)
        .order_by(Submission.position)
    )
    attestations = connection.execute(select_attestations().where(Attestation.batch == found.id))
    return BatchDetail(
        batch=batch_row(found),
        submissions=[submission_row(row) for row in submissions],
        attestations=[attestation_row(row) for row in attestations],
    )
