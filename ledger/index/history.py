"""What validators ask of the index. Every answer follows from the chain alone."""

from collections.abc import Sequence

from sqlalchemy import and_
from sqlalchemy import exists
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from ledger.errors import NotFoundError
from ledger.index.database import Index
from ledger.index.queries.rows import batch_row
from ledger.index.queries.rows import select_batches
from ledger.index.rows import key_of_origin
from ledger.index.tables import COMPLETE
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Record
from ledger.index.views import BatchRow
from ledger.index.views import LedgerStatus
from ledger.record.cid import Digest
from ledger.validate.checks import Execution

_LOOKUP = 500
"""Values in one query; below SQLite's limit on variables (999 in old builds)."""


class History:
    """Earlier batches, as a validator has to know them to find repetitions."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def unattested(self, validator: str) -> list[BatchRow]:
        """Complete batches that the validator has not attested, oldest first."""
        attested = exists().where(Attestation.batch == Batch.id, Attestation.validator == validator)
        query = (
            select_batches()
            .where(Batch.state == COMPLETE, ~attested)
            .order_by(Batch.block_number, Batch.log_index)
        )
        with self._index.read() as connection:
            return [batch_row(row) for row in connection.execute(query)]

    def seen_before(self, batch_id: str, records: Sequence[Digest]) -> set[Digest]:
        """Those of the records that stand in an earlier batch, signed by their contributor.

        Unsigned claims do not count: anyone could make the honest one a duplicate by copying it.
        Nor do superseded and revoked ones: a correction may repeat them.
        """
        found: set[Digest] = set()
        with self._index.read() as connection:
            earlier = _before(connection, batch_id)
            for start in range(0, len(records), _LOOKUP):
                query = (
                    select(Record.digest)
                    .join(Batch, Batch.id == Record.batch)
                    .where(
                        Record.digest.in_(records[start : start + _LOOKUP]),
                        Record.contributor.is_not(None),
                        Record.status.not_in((LedgerStatus.SUPERSEDED, LedgerStatus.REVOKED)),
                        earlier,
                    )
                )
                found.update(Digest(bytes(value)) for value in connection.execute(query).scalars())
        return found

    def executed_before(self, batch_id: str, executions: Sequence[Execution]) -> set[Execution]:
        """Those of the executions of which an earlier batch holds a record of the same contributor.

        Records that were superseded or revoked do not count: a correction may repeat them.
        """
        wanted = {(key_of_origin(each.origin), each.contributor): each for each in executions}
        keys = list({key for key, _ in wanted})
        found: set[Execution] = set()
        with self._index.read() as connection:
            earlier = _before(connection, batch_id)
            for start in range(0, len(keys), _LOOKUP):
                query = (
                    select(Record.execution, Record.contributor)
                    .join(Batch, Batch.id == Record.batch)
                    .where(
                        Record.execution.in_(keys[start : start + _LOOKUP]),
                        Record.status.not_in((LedgerStatus.SUPERSEDED, LedgerStatus.REVOKED)),
                        earlier,
                    )
                )
                held = {
                    (execution, contributor) for execution, contributor in connection.execute(query)
                }
                found.update(wanted[key] for key in wanted.keys() & held)
        return found


def _before(connection: Connection, batch_id: str) -> ColumnElement[bool]:
    place = connection.execute(
        select(Batch.block_number, Batch.log_index).where(Batch.batch_id == batch_id)
    ).first()
    if place is None:
        raise NotFoundError(
            f"batch {batch_id} is not in the index (any more)",
            hint="The chain may have been reorganised; the next sync tells.",
        )
    return or_(
        Batch.block_number < place.block_number,
        and_(Batch.block_number == place.block_number, Batch.log_index < place.log_index),
    )
