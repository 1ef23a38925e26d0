"""Keyset paging: a page begins after a row, not after a number of rows.

The page stays right while records come in, and the thousandth page costs as much as the first.
Rows without a value come last in either direction.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import and_
from sqlalchemy import literal
from sqlalchemy import or_
from sqlalchemy import tuple_

from ledger.errors import InvalidInputError

Column = Any
"""A mapped column."""

_MAX_KEY = (1 << 63) - 1
_MAX_TEXT = 2_000


class InvalidCursorError(InvalidInputError):
    """A place in a list was not given by this list."""

    def __init__(self) -> None:
        super().__init__(
            "that is no place in this list",
            hint="Begin with the first page; `after` and `before` take what a page answered with, "
            "under the same sort.",
        )


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: the value of the sorted column and the key of a row."""

    value: str | int | float | None
    key: int

    def text(self) -> str:
        """The form that goes into URLs."""
        compact = json.dumps([self.value, self.key], separators=(",", ":"))
        return base64.urlsafe_b64encode(compact.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, kind: type) -> "Cursor":
        """The place of a text, in a list sorted by values of a kind.

        Raises:
            InvalidCursorError: it is none.
        """
        try:
            if len(text) > _MAX_TEXT:
                raise InvalidCursorError
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            value, key = json.loads(raw)
        except (binascii.Error, ValueError, TypeError, RecursionError) as error:
            raise InvalidCursorError from error
        if not isinstance(key, int) or not 0 <= key <= _MAX_KEY or not _fits(value, kind):
            raise InvalidCursorError
        return cls(value, key)


def _fits(value: Any, kind: type) -> bool:
    if value is None:
        return True
    if isinstance(value, bool):
        return False
    if kind is float:
        return isinstance(value, int | float)
    if kind is int:
        return isinstance(value, int) and abs(value) <= _MAX_KEY
    return isinstance(value, kind)


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by a column, then by the key of its rows.

    Attributes:
        column: what is sorted by; None: the key alone.
        key: the primary key.
        descending: whether the greatest value comes first.
    """

    column: Column | None
    key: Column
    descending: bool

    def clauses(self, *, backwards: bool) -> list[ColumnElement[Any]]:
        """``ORDER BY``, or its exact reverse."""
        descending = self.descending != backwards
        columns = [self.key] if self.column is None else [self.column, self.key]
        ordered = [column.desc() if descending else column.asc() for column in columns]
        if self.column is not None:
            ordered[0] = ordered[0].nulls_first() if backwards else ordered[0].nulls_last()
        return ordered

    def beyond(self, cursor: Cursor, *, backwards: bool) -> ColumnElement[bool]:
        """Rows after a place, or before it."""
        descending = self.descending != backwards
        further = _past(self.key, cursor.key, descending=descending)
        if self.column is None:
            return further
        if cursor.value is None:
            tied = and_(self.column.is_(None), further)
            return or_(tied, self.column.is_not(None)) if backwards else tied
        past = _past(
            tuple_(self.column, self.key),
            tuple_(literal(cursor.value), literal(cursor.key)),
            descending=descending,
        )
        return past if backwards or not self.column.nullable else or_(past, self.column.is_(None))


def _past(place: Any, limit: Any, *, descending: bool) -> ColumnElement[bool]:
    past: ColumnElement[bool] = place < limit if descending else place > limit
    return past
