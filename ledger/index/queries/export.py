"""Streams of records with their content: for files, and for models to learn from."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement

from ledger.index.database import Index
from ledger.index.filters import Filter
from ledger.index.queries.conditions import Shown
from ledger.index.queries.conditions import conditions
from ledger.index.queries.rows import record_row
from ledger.index.queries.rows import select_records
from ledger.index.tables import Record
from ledger.index.views import RecordRow
from ledger.record.cid import Digest
from ledger.store.blocks import BlockStore

_AT_ONCE = 1_000
"""Rows read in one transaction; none stays open while the receiver takes its time."""


def stream(
    index: Index, store: BlockStore, chosen: Filter, there: Shown
) -> Iterator[tuple[RecordRow, bytes]]:
    """Every record that passes a filter, with its block, in the order they were indexed.

    Raises:
        BlockNotFoundError: the block of a record is gone from the store.
    """
    last = 0
    while rows := _chunk(index, conditions(chosen, there), last):
        blocks = store.get_many([Digest(bytes(row.digest)) for row in rows])
        for row, block in zip(rows, blocks, strict=True):
            yield record_row(row), block
        last = rows[-1].id


def _chunk(index: Index, passing: ColumnElement[bool], last: int) -> list[Any]:
    query = select_records().where(passing, Record.id > last).order_by(Record.id).limit(_AT_ONCE)
    with index.read() as connection:
        return list(connection.execute(query))
