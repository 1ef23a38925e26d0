"""What follows from the head of the chain: finality, deadlines, and what needs no keeping."""

from sqlalchemy import ColumnElement
from sqlalchemy import delete
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from ledger.index.sync.answers import Header
from ledger.index.sync.statuses import recompute
from ledger.index.tables import COMPLETE
from ledger.index.tables import Batch
from ledger.index.tables import Block
from ledger.index.tables import Record
from ledger.index.tables import SyncState


def settle(connection: Connection, head: Header, final: int, *, verdict_seconds: int) -> None:
    """Note how far the chain is, and let go of what finality makes superfluous.

    Deadlines are measured in the chain's time, so that every index comes to the same statuses. A
    node that lags says of the chain what was known before: head and finality do not go back, except
    where a reorganisation takes blocks back.
    """
    known = connection.execute(select(SyncState.final_block)).scalar_one()
    number, timestamp, final = _newest(connection, head, final)
    connection.execute(
        update(SyncState).values(head_block=number, head_timestamp=timestamp, final_block=final)
    )
    _forget_headers(connection, final)
    since = Batch.block_number > (-1 if known is None else known)
    forget_pending(connection, since & (Batch.block_number <= final))
    recompute(connection, _set_overdue(connection, timestamp - verdict_seconds))


def _newest(connection: Connection, head: Header, final: int) -> tuple[int, int, int]:
    """Number and timestamp of the head, and the final block, by node or index."""
    known = connection.execute(
        select(SyncState.final_block, Block.number, Block.timestamp).join(
            Block, Block.number == SyncState.indexed_block, isouter=True
        )
    ).one()
    if known.final_block is not None:
        final = max(final, known.final_block)
    if known.number is not None and known.number > head.number:
        return known.number, known.timestamp, final
    return head.number, head.timestamp, final


def _forget_headers(connection: Connection, final: int) -> None:
    """Keep the headers a reorg may need: final ones only where they hold events, and the last."""
    tip = select(SyncState.indexed_block).scalar_subquery()
    connection.execute(
        delete(Block).where(Block.number <= final, ~Block.eventful, Block.number != tip)
    )


def forget_pending(connection: Connection, final: ColumnElement[bool]) -> None:
    """Let go of pending records that batches hold under a valid signature.

    A pending record stays until its batch is both final and whole; whichever comes last calls this.

    Args:
        connection: writes.
        final: which batches; they are final.
    """
    claim = aliased(Record)
    anchored = (
        select(claim.digest)
        .join(Batch, Batch.id == claim.batch)
        .where(final, Batch.state == COMPLETE, claim.contributor.is_not(None))
    )
    connection.execute(delete(Record).where(Record.batch.is_(None), Record.digest.in_(anchored)))


def _set_overdue(connection: Connection, latest: int) -> list[int]:
    """Batches whose time for verdicts has run out since, or has not after all (a reorg)."""
    query = select(Batch.id).where(
        or_(
            ~Batch.overdue & (Batch.anchored_at <= latest),
            Batch.overdue & (Batch.anchored_at > latest),
        )
    )
    changed = list(connection.execute(query).scalars())
    for key in changed:
        connection.execute(update(Batch).where(Batch.id == key).values(overdue=~Batch.overdue))
    return changed
