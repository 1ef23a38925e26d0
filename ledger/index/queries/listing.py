"""Pages of records."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.engine import Connection

from ledger.errors import InvalidInputError
from ledger.index.queries.paging import Cursor
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
    PROVIDER = "provider"
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


@dataclass(frozen=True, slots=True)
class Place:
    """Which rows of a list make a page.

    Attributes:
        sort: what the list is sorted by.
        descending: whether the greatest comes first.
        limit: rows of the page.
        cursor: the place that the page follows, or precedes; None: the page is the first.
        backwards: whether it precedes it.
    """

    sort: Sort
    descending: bool
    limit: int
    cursor: Cursor | None
    backwards: bool

    @classmethod
    def of(
        cls, sort: Sort, *, descending: bool, limit: int, after: str | None, before: str | None
    ) -> "Place":
        """The place that a request names; ``before`` wins over ``after``.

        Raises:
            InvalidCursorError: it is no place in a list that is sorted like this.
        """
        text = after if before is None else before
        return cls(
            sort=sort,
            descending=descending,
            limit=max(1, min(limit, MAX_ROWS)),
            cursor=None if text is None else Cursor.parse(text, _KINDS.get(sort, str)),
            backwards=before is not None,
        )


def page(connection: Connection, place: Place, keys: Sequence[int], total: int) -> Page:
    """A page of records.

    Args:
        connection: what their rows are read from.
        place: where the page is.
        keys: of its rows, beginning at the place, and of one more if there is one.
        total: how many rows the list has.
    """
    more = len(keys) > place.limit
    query = select_records().where(Record.id.in_(keys[: place.limit]))
    by_key = {row.id: row for row in connection.execute(query)}
    rows = [by_key[key] for key in keys[: place.limit] if key in by_key]
    if place.backwards:
        rows.reverse()
    has_next = bool(rows) and (more or place.backwards)
    has_previous = bool(rows) and (more if place.backwards else place.cursor is not None)
    return Page(
        rows=[record_row(row) for row in rows],
        total=total,
        next_after=_cursor(rows[-1], place.sort).text() if has_next else None,
        previous_before=_cursor(rows[0], place.sort).text() if has_previous else None,
    )


def _cursor(row: Any, sort: Sort) -> Cursor:
    return Cursor(None if sort is Sort.ADDED else getattr(row, sort.value), row.id)
