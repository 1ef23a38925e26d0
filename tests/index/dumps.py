"""The content of an index without what may differ between two that say the same."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.database import Index
from ledger.index.tables import Attestation
from ledger.index.tables import Base
from ledger.index.tables import Batch
from ledger.index.tables import Submission

_INCIDENTAL = {"id", "revision", "attempts"}


def dump(index: Index) -> dict[str, list[tuple[Any, ...]]]:
    """Every table as sorted rows; keys are replaced by what they stand for."""
    with index.read() as connection:
        names = _names(connection)
        return {
            name: sorted(
                tuple(
                    repr(names[column].get(value, value) if column in names else value)
                    for column, value in row._mapping.items()
                    if column not in _INCIDENTAL
                )
                for row in connection.execute(select(table))
            )
            for name, table in Base.metadata.tables.items()
        }


def _names(connection: Connection) -> dict[str, dict[int, Any]]:
    batches = {row.id: row.batch_id for row in connection.execute(select(Batch.id, Batch.batch_id))}
    return {
        "batch": batches,
        "submission": {
            row.id: (batches[row.batch], row.position)
            for row in connection.execute(
                select(Submission.id, Submission.batch, Submission.position)
            )
        },
        "attestation": {
            row.id: (batches[row.batch], row.validator, row.sequence)
            for row in connection.execute(
                select(
                    Attestation.id, Attestation.batch, Attestation.validator, Attestation.sequence
                )
            )
        },
    }
