"""What changed in the index since a revision, for those who follow it."""

from pydantic import BaseModel
from pydantic import ConfigDict
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.database import Index
from ledger.index.queries.conditions import shown
from ledger.index.queries.conditions import unindexed
from ledger.index.tables import COMPLETE
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Record
from ledger.index.tables import SyncState

MOST_BATCHES = 100
"""Changed batches that are named; whoever is told of more had better look at the whole."""

_NO_BATCH = -1
"""Stands for the batch of records that are in none."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class Position(_Row):
    """How far the index is.

    Attributes:
        revision: rises with every change.
        undone: the last revision at which records were taken out.
        indexed_block: the last block that was followed.
        head_block: the chain's newest that was seen.
        final_block: the newest that cannot go back any more.
    """

    revision: int
    undone: int
    indexed_block: int | None
    head_block: int | None
    final_block: int | None


class ChangedBatch(_Row):
    """A batch of which records changed: it was anchored, read, or judged.

    Attributes:
        batch_id: as contracts name it.
        state: whether its records are here (`ledger.index.tables`).
        records: how many it holds.
        attestations: how many validators have judged it.
        changed: how many of its listed records changed.
    """

    batch_id: str
    state: str
    records: int
    attestations: int
    changed: int


class Changes(_Row):
    """What changed after a revision.

    Attributes:
        position: how far the index is now.
        since: the revision.
        restarted: whether records were taken out since, or the revision is none of this index, so
            that what was shown before has to be looked at anew.
        records: listed records that are new or changed.
        batches: those that changed, the newest first, `MOST_BATCHES` at most.
    """

    position: Position
    since: int
    restarted: bool
    records: int
    batches: tuple[ChangedBatch, ...]


class Feed:
    """Follows an index from revision to revision; safe for several threads.

    Args:
        index: what is followed.
        with_pending: whether records that no batch holds are told of.
    """

    def __init__(self, index: Index, *, with_pending: bool) -> None:
        self._index = index
        self._there = unindexed(shown(with_pending=with_pending))

    def position(self) -> Position:
        """How far the index is."""
        with self._index.read() as connection:
            return _position(connection)

    def since(self, revision: int) -> Changes:
        """What changed after a revision."""
        with self._index.read() as connection:
            now = _position(connection)
            if not now.undone <= revision <= now.revision:
                return Changes(position=now, since=revision, restarted=True, records=0, batches=())
            by_batch = self._changed(connection, revision)
            named = sorted((key for key in by_batch if key != _NO_BATCH), reverse=True)
            judged = (
                select(func.count())
                .where(Attestation.batch == Batch.id, Attestation.standing)
                .where(Attestation.state == COMPLETE)
                .scalar_subquery()
            )
            rows = connection.execute(
                select(Batch.id, Batch.batch_id, Batch.state, Batch.record_count, judged)
                .where(Batch.id.in_(named[:MOST_BATCHES]))
                .order_by(Batch.id.desc())
            )
            return Changes(
                position=now,
                since=revision,
                restarted=False,
                records=sum(by_batch.values()),
                batches=tuple(
                    ChangedBatch(
                        batch_id=batch_id,
                        state=state,
                        records=records,
                        attestations=attestations,
                        changed=by_batch[key],
                    )
                    for key, batch_id, state, records, attestations in rows
                ),
            )

    def _changed(self, connection: Connection, revision: int) -> dict[int, int]:
        """Batch → how many of its listed records changed.

        Grouped by an expression: by the column, SQLite would go through all records in the order of
        its index, to find the few that changed.
        """
        batch = func.coalesce(Record.batch, _NO_BATCH)
        changed = select(batch, func.count()).where(Record.revision > revision, self._there)
        return {key: number for key, number in connection.execute(changed.group_by(batch))}  # noqa: C416 - rows are no tuples


def _position(connection: Connection) -> Position:
    row = (
        connection.execute(
            select(
                SyncState.revision,
                SyncState.undone,
                SyncState.indexed_block,
                SyncState.head_block,
                SyncState.final_block,
            )
        )
        .mappings()
        .one()
    )
    return Position(**row)
