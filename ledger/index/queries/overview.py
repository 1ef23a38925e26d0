"""The ledger in figures."""

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.filters import ALL
from ledger.index.queries import envelopes
from ledger.index.queries.facets import facet
from ledger.index.queries.rows import batch_row
from ledger.index.queries.rows import select_batches
from ledger.index.queries.source import RecordSource
from ledger.index.rows import from_seconds
from ledger.index.tables import FETCHING
from ledger.index.tables import MALFORMED
from ledger.index.tables import Batch
from ledger.index.tables import Parameter
from ledger.index.tables import SyncState
from ledger.index.validator_state import states
from ledger.index.views import BatchRow
from ledger.index.views import LedgerStatus
from ledger.index.views import Overview
from ledger.index.views import TimelinePoint

_DAY = 86_400
_DAYS = 366
_RECENT = 10
_FACET_VALUES = 20


def overview(connection: Connection, source: RecordSource) -> Overview:
    """The ledger in figures; 0 and None where nothing was synced yet."""
    state = connection.execute(
        select(SyncState.head_block, SyncState.indexed_block, SyncState.chain_id)
    ).one()
    counted = dict(source.values(ALL, "status"))
    by_status = {status.value: counted.get(status.value, 0) for status in LedgerStatus}
    return Overview(
        records=sum(by_status.values()),
        envelopes=envelopes.count(connection),
        by_status=by_status,
        batches=connection.execute(select(func.count()).select_from(Batch)).scalar_one(),
        contributors=len(source.values(ALL, "contributor")),
        validators=sum(found.active for found in states(connection).values()),
        quorum=_quorum(connection),
        jobs=facet(source, ALL, "job")[:_FACET_VALUES],
        frameworks=facet(source, ALL, "framework")[:_FACET_VALUES],
        timeline=_timeline(connection),
        recent_batches=batches(connection, limit=_RECENT),
        head_block=state.head_block,
        indexed_block=state.indexed_block,
        chain_id=state.chain_id or 0,
    )


def batches(connection: Connection, *, limit: int, after: str | None = None) -> list[BatchRow]:
    """Batches, newest first; those anchored before the batch ``after``, where it is given."""
    query = select_batches().order_by(Batch.block_number.desc(), Batch.log_index.desc())
    if after is not None:
        place = connection.execute(
            select(Batch.block_number, Batch.log_index).where(Batch.batch_id == after.lower())
        ).first()
        if place is None:  # it was rolled back meanwhile: begin again
            return batches(connection, limit=limit)
        query = query.where(
            (Batch.block_number < place.block_number)
            | ((Batch.block_number == place.block_number) & (Batch.log_index < place.log_index))
        )
    return [batch_row(row) for row in connection.execute(query.limit(limit))]


def awaited_batches(connection: Connection, *, limit: int) -> list[BatchRow]:
    """Batches whose blocks are not all here, oldest first."""
    query = (
        select_batches()
        .where(Batch.state == FETCHING)
        .order_by(Batch.block_number, Batch.log_index)
        .limit(limit)
    )
    return [batch_row(row) for row in connection.execute(query)]


def _quorum(connection: Connection) -> int:
    query = (
        select(Parameter.value)
        .where(Parameter.name == "quorum")
        .order_by(Parameter.block_number.desc(), Parameter.log_index.desc())
        .limit(1)
    )
    return connection.execute(query).scalar() or 0


def _timeline(connection: Connection) -> list[TimelinePoint]:
    day = Batch.anchored_at // _DAY
    query = (
        select(
            day.label("day"),
            func.count().label("batches"),
            func.sum(Batch.record_count).label("sum"),
        )
        .where(Batch.state != MALFORMED)
        .group_by(day)
        .order_by(day.desc())
        .limit(_DAYS)
    )
    return [
        TimelinePoint(
            day=from_seconds(int(row.day) * _DAY).date().isoformat(),
            batches=row.batches,
            records=int(row.sum),
        )
        for row in reversed(connection.execute(query).all())
    ]
