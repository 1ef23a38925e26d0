"""Records that are encrypted for a group: that they exist, and what validators say of them."""

import re
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import Select
from sqlalchemy import case
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import true
from sqlalchemy import tuple_
from sqlalchemy.engine import Connection

from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.index.queries import details
from ledger.index.queries.conditions import digest_bounds
from ledger.index.rows import from_seconds
from ledger.index.tables import Batch
from ledger.index.tables import Envelope
from ledger.index.views import EnvelopeDetail
from ledger.index.views import EnvelopeRow
from ledger.index.views import Envelopes
from ledger.index.views import LedgerStatus
from ledger.record.cid import Digest
from ledger.record.cid import to_text

_WITHDRAWN = (LedgerStatus.SUPERSEDED.value, LedgerStatus.REVOKED.value)

_PLACE_TEXT = re.compile(r"([0-9]{1,18})-([0-9]{1,9})-([0-9]{1,9})")
"""Each number fits into its column."""

_PLACE = (Batch.block_number, Batch.log_index, Envelope.position)


def count(connection: Connection) -> int:
    """How many there are."""
    return connection.execute(select(func.count()).select_from(Envelope)).scalar_one()


def listing(
    connection: Connection, *, batch_id: str | None, limit: int, after: str | None
) -> Envelopes:
    """A page of them, the latest anchored first.

    Raises:
        InvalidInputError: ``after`` is no place in the list.
    """
    chosen: ColumnElement[bool] = true() if batch_id is None else Batch.batch_id == batch_id
    total = select(func.count()).join_from(Envelope, Batch, Batch.id == Envelope.batch)
    query = _select().where(chosen).order_by(*(column.desc() for column in _PLACE))
    if after is not None:
        query = query.where(tuple_(*_PLACE) < _place_of(after))
    rows = connection.execute(query.limit(limit + 1)).all()
    more = len(rows) > limit
    return Envelopes(
        envelopes=[_row(row) for row in rows[:limit]],
        total=connection.execute(total.where(chosen)).scalar_one(),
        next_after=_text_of(rows[limit - 1]) if more else None,
    )


def by_status(connection: Connection, batch_id: str, contributor: str) -> dict[str, int]:
    """How many a batch holds of who handed them in, by status."""
    chosen = (Batch.batch_id == batch_id) & (Envelope.contributor == contributor)
    joined = select(Envelope.status, func.count()).join_from(
        Envelope, Batch, Batch.id == Envelope.batch
    )
    rows = connection.execute(joined.where(chosen).group_by(Envelope.status)).all()
    return {str(status): number for status, number in rows}


def detail(connection: Connection, cid: str) -> EnvelopeDetail:
    """Everything known of an envelope; raises as `claim`."""
    first = claim(connection, cid)
    root, batch = details.place(connection, first)
    assert batch is not None
    return EnvelopeDetail(
        row=_row(first),
        verdicts=details.verdicts(connection, first),
        submission_root=root or "",
        batch=batch,
    )


def claim(connection: Connection, cid: str) -> Any:
    """The place of an envelope; where several batches hold it, the first that stands.

    Raises:
        NotFoundError: no batch that is here holds one of that name.
        AmbiguousPrefixError: several begin like that.
    """
    bounds = digest_bounds(cid.strip())
    found = [] if bounds is None else _claims(connection, bounds)
    if not found:
        raise NotFoundError(
            f"no encrypted record {cid[:80]} is known here",
            hint="`perfledger list --encrypted` lists those that are on chain.",
        )
    first = found[0]
    if any(row.digest != first.digest for row in found) or len(cid.strip()) < details.MIN_PREFIX:
        raise details.AmbiguousPrefixError(
            f"several records begin with {cid[:80]!r}", hint="Give more characters."
        )
    return first


def _claims(connection: Connection, bounds: tuple[bytes, bytes]) -> list[Any]:
    """Places of envelopes, the first that stands under a valid signature first."""
    worth = case((Envelope.contributor.is_(None), 2), (Envelope.status.in_(_WITHDRAWN), 1), else_=0)
    query = _select().where(Envelope.digest.between(*bounds)).order_by(worth, *_PLACE).limit(50)
    return list(connection.execute(query).all())


def _select() -> Select[Any]:
    return select(
        *Envelope.__table__.columns,
        Batch.batch_id,
        Batch.block_number,
        Batch.log_index,
        Batch.anchored_at,
        Batch.quorum,
        Batch.validators,
    ).join_from(Envelope, Batch, Batch.id == Envelope.batch)


def _row(row: Any) -> EnvelopeRow:
    return EnvelopeRow(
        cid=to_text(Digest(bytes(row.digest))),
        size_bytes=row.size_bytes,
        status=LedgerStatus(row.status),
        contributor=row.contributor,
        batch_id=row.batch_id,
        block_number=row.block_number,
        anchored_at=from_seconds(row.anchored_at),
        accepted=row.accepted,
        rejected=row.rejected,
        validators=row.validators,
        quorum=row.quorum,
    )


def _text_of(row: Any) -> str:
    return f"{row.block_number}-{row.log_index}-{row.position}"


def _place_of(text: str) -> tuple[int, int, int]:
    found = _PLACE_TEXT.fullmatch(text)
    if found is None:
        raise InvalidInputError(
            f"{text[:60]!r} is no place in the list", hint="Begin without `after`."
        )
    block, log, position = map(int, found.groups())
    return block, log, position
