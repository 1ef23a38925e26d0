"""Undoes what the chain no longer says."""

from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection

from ledger.index.claims import contested
from ledger.index.claims import elect
from ledger.index.sync.events import batches_attested_by
from ledger.index.sync.events import batches_with
from ledger.index.sync.events import key_of
from ledger.index.sync.statuses import recompute
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Block
from ledger.index.tables import Parameter
from ledger.index.tables import Revocation
from ledger.index.tables import Supersession
from ledger.index.tables import SyncState
from ledger.index.tables import ValidatorEvent

_FROM_EVENTS = (Attestation, Batch, Supersession, Revocation, ValidatorEvent, Parameter)


def roll_back(connection: Connection, ancestor: int | None) -> None:
    """Forget everything after the common ancestor; None: everything there is.

    What refers to a batch goes with it (``ON DELETE CASCADE``). Records that the removed batches
    had won from other claims go back to those, and batches that stay get the statuses they had.
    """
    last = -1 if ancestor is None else ancestor
    doomed = set(connection.execute(select(Batch.id).where(Batch.block_number > last)).scalars())
    concerned = _concerned(connection, last) - doomed
    digests = contested(connection, sorted(doomed | concerned))
    for table in _FROM_EVENTS:
        connection.execute(delete(table).where(table.block_number > last))
    connection.execute(delete(Block).where(Block.number > last))
    connection.execute(update(SyncState).values(indexed_block=ancestor))
    connection.execute(
        update(SyncState).where(SyncState.final_block > last).values(final_block=ancestor)
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
