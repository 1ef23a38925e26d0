"""Pages of records."""

from enum import StrEnum
from typing import Any

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.errors import InvalidInputError
from ledger.index.filters import Filter
from ledger.index.queries.conditions import Shown
from ledger.index.queries.conditions import conditions
from ledger.index.queries.paging import Cursor
from ledger.index.queries.paging import Order
from ledger.index.queries.rows import record_row
from ledger.index.queries.rows import select_records
from ledger.index.tables import Record
from ledger.index.views import Page

MAX_ROWS = 1_000
"""Rows of one page."""


class Sort(StrEnum):
    """What records can be sorted by. ``added``: the order in which this index came to know them."""

    ADDED = "added"
    STARTED_AT = "started_at"
    RUNTIME_SECONDS = "runtime_seconds"
    INPUT_BYTES = "input_bytes"
    NODES = "nodes"
    JOB = "job"
    FRAMEWORK = "framework"
    ALGORITHM = "algorithm"
    MACHINE_TYPE = "machine_type"
    OUTCOME = "outcome"
    STATUS = "status"
    CONTRIBUTOR = "contributor"


_KINDS: dict[Sort, type] = {
    Sort.STARTED_AT: int,
    Sort.RUNTIME_SECONDS: float,
    Sort.INPUT_BYTES: int,
    Sort.NODES: int,
}


class InvalidSortError(InvalidInputError):
    """There is no such order."""

    def __init__(self, given: str) -> None:
        super().__init__(
            f"records cannot be sorted by {given[:40]!r}", hint=f"Sort by {', '.join(Sort)}."
        )


def sort_of(text: str) -> Sort:
    """The order of a name.

    Raises:
        InvalidSortError: there is none.
    """
    try:
        return Sort(text)
    except ValueError as error:
        raise InvalidSortError(text) from error


def count(connection: Connection, chosen: Filter, there: Shown) -> int:
    """How many records pass a filter."""
    query = select(func.count()).select_from(Record).where(conditions(chosen, there))
    return connection.execute(query).scalar_one()


def page(
    connection: Connection,
    chosen: Filter,
    there: Shown,
    *,
    sort: Sort,
    descending: bool,
    limit: int,
    after: str | None,
    before: str | None,
    total: int,
) -> Page:
    """A page of the records that pass a filter."""
    column = None if sort is Sort.ADDED else Record.__table__.c[sort.value]
    order = Order(column, Record.id, descending)
    limit = max(1, min(limit, MAX_ROWS))
    backwards = before is not None
    query = (
        select_records()
        .where(conditions(chosen, there))
        .order_by(*order.clauses(backwards=backwards))
    )
    place = before if before is not None else after
    if place is not None:
        cursor = Cursor.parse(place, _KINDS.get(sort, str))
        query = query.where(order.beyond(cursor, backwards=backwards))
    rows = list(connection.execute(query.limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (more or backwards)
    has_previous = bool(rows) and (more if backwards else after is not None)
    return Page(
        rows=[record_row(row) for row in rows],
        total=total,
        next_after=_cursor(rows[-1], sort).text() if has_next else None,
        previous_before=_cursor(rows[0], sort).text() if has_previous else None,
    )


def _cursor(row: Any, sort: Sort) -> Cursor:
    return Cursor(None if sort is Sort.ADDED else getattr(row, sort.value), row.id)
