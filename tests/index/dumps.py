"""The content of an index without what may differ between two that say the same."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.bins import QUANTITIES
from ledger.index.database import Index
from ledger.index.filters import ALL
from ledger.index.queries import Sort
from ledger.index.queries.columns import Columns
from ledger.index.queries.conditions import FACETS
from ledger.index.queries.conditions import shown
from ledger.index.queries.listing import Place
from ledger.index.queries.source import DatabaseSource
from ledger.index.queries.source import RecordSource
from ledger.index.tables import Attestation
from ledger.index.tables import Base
from ledger.index.tables import Batch
from ledger.index.tables import Submission

_INCIDENTAL = {"id", "revision", "undone", "attempts"}


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


def listed(columns: Columns, index: Index) -> list[Any]:
    """What columns in memory say of every record there is."""
    place = Place.of(Sort.ADDED, descending=False, limit=1_000, after=None, before=None)
    with index.read() as connection:
        source = columns.source(connection, with_pending=True)
        assert source is not None
        return listed_by(source, place)


def listed_in(index: Index) -> list[Any]:
    """What the database says of every record there is."""
    place = Place.of(Sort.ADDED, descending=False, limit=1_000, after=None, before=None)
    with index.read() as connection:
        return listed_by(DatabaseSource(connection, shown(with_pending=True)), place)


def listed_by(source: RecordSource, place: Place) -> list[Any]:
    keys = source.keys(ALL, place)
    told = [source.values(ALL, name) for name in FACETS]
    ranges = [source.binned(ALL, name) for name in QUANTITIES]
    return [keys, *told, *ranges, source.attested(ALL), source.pairs(ALL, "status", "contributor")]


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
