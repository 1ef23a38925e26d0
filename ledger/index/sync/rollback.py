"""Undoes what the chain no longer says."""

from collections.abc import Sequence
from itertools import chain

from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection

from ledger.chain.events import Anchored
from ledger.chain.events import Attested
from ledger.index.claims import contested
from ledger.index.claims import elect
from ledger.index.rows import hex_text
from ledger.index.sync.chain_reader import Segment
from ledger.index.sync.events import apply
from ledger.index.sync.events import batches_attested_by
from ledger.index.sync.events import batches_with
from ledger.index.sync.events import key_of
from ledger.index.sync.events import statement_of
from ledger.index.sync.statuses import recompute
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Block
from ledger.index.tables import Parameter
from ledger.index.tables import Revocation
from ledger.index.tables import Supersession
from ledger.index.tables import SyncState
from ledger.index.tables import ValidatorEvent
from ledger.record.cid import to_text

_FROM_EVENTS = (Attestation, Batch, Supersession, Revocation, ValidatorEvent, Parameter)


def replay(connection: Connection, ancestor: int, segments: Sequence[Segment]) -> None:
    """Undo what lies above the common ancestor and write the other fork's segments in its place.

    A batch or an attestation that the other fork holds too keeps its contents and only moves, so
    that readers never see it gone.
    """
    moving = _park(connection, ancestor, segments)
    roll_back(connection, ancestor)
    for segment in segments:
        apply(connection, segment)
    recompute(connection, moving)
    elect(connection, contested(connection, sorted(moving)))


def _park(connection: Connection, ancestor: int, segments: Sequence[Segment]) -> set[int]:
    """Take out of the way what the segments hold too; returns the keys of the batches.

    Until it has its new place, it stands below every block.
    """
    moving = set()
    for event in chain.from_iterable(segment.events for segment in segments):
        if isinstance(event, Anchored):
            same = (
                Batch.batch_id == hex_text(event.batch_id),
                Batch.manifest_cid == to_text(event.manifest),
                Batch.record_count == event.count,
                Batch.block_number > ancestor,
            )
            key = connection.execute(select(Batch.id).where(*same)).scalar()
            if key is not None:
                moving.add(key)
                connection.execute(
                    update(Batch).where(Batch.id == key).values(block_number=-1 - Batch.id)
                )
        elif isinstance(event, Attested):
            _park_attestation(connection, ancestor, event)
    return moving


def _park_attestation(connection: Connection, ancestor: int, event: Attested) -> None:
    batch = select(Batch.id).where(
        Batch.batch_id == hex_text(event.batch_id), Batch.block_number <= ancestor
    )
    connection.execute(
        update(Attestation)
        .where(
            Attestation.batch.in_(batch),
            Attestation.block_number > ancestor,
            *(column == value for column, value in statement_of(event).items()),
        )
        .values(block_number=-1 - Attestation.id)
    )


def roll_back(connection: Connection, ancestor: int) -> None:
    """Forget everything after the common ancestor; -1: everything there is.

    What refers to a batch goes with it (``ON DELETE CASCADE``). Records that the removed batches
    had won from other claims go back to those, and batches that stay get the statuses they had.
    """
    last = ancestor
    doomed = set(connection.execute(select(Batch.id).where(Batch.block_number > last)).scalars())
    concerned = _concerned(connection, last) - doomed
    digests = contested(connection, sorted(doomed | concerned))
    for table in _FROM_EVENTS:
        connection.execute(delete(table).where(table.block_number > last))
    connection.execute(delete(Block).where(Block.number > last))
    indexed = None if ancestor < 0 else ancestor
    connection.execute(update(SyncState).values(indexed_block=indexed, undone=SyncState.revision))
    connection.execute(
        update(SyncState).where(SyncState.final_block > last).values(final_block=indexed)
    )
    recompute(connection, concerned)
    elect(connection, digests)


def _concerned(connection: Connection, last: int) -> set[int]:
    """Batches whose records' statuses rest on an event that is undone."""
    found = set(
        connection.execute(
            select(Attestation.batch).where(Attestation.block_number > last)
        ).scalars()
    )
    query = select(Supersession.batch_id).where(Supersession.block_number > last)
    for batch_id in connection.execute(query).scalars():
        key = key_of(connection, batch_id)
        found |= set() if key is None else {key}
    for digest in connection.execute(
        select(Revocation.digest).where(Revocation.block_number > last)
    ).scalars():
        found |= batches_with(connection, bytes(digest))
    for validator in connection.execute(
        select(ValidatorEvent.validator).where(ValidatorEvent.block_number > last)
    ).scalars():
        found |= batches_attested_by(connection, validator)
    return found
