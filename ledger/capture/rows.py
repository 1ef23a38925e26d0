"""What reading a file yields: one value per row, good or bad."""

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import InvalidInputError
from ledger.record.schema import Record

MAX_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Good:
    """A row that is a record.

    Attributes:
        row: number of the data row; the first is 1, blank lines do not count.
        line: line of the file the row begins on, counted from 1. In a JSON array, which has no
            lines of its own, the same as ``row``.
        record: the record.
    """

    row: int
    line: int
    record: Record


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that is none; the others are not affected.

    Attributes:
        row: number of the data row, as in `Good`.
        line: line of the file the row begins on, as in `Good`.
        column: the column (or, in a JSON record, the field) at fault, where it is one.
        reason: what is wrong.
    """

    row: int
    line: int
    column: str | None
    reason: str


Row = Good | Bad


class TableError(InvalidInputError):
    """A whole table cannot be read: wrong format, header or columns."""


class CellError(Exception):
    """A cell cannot be converted; becomes a `Bad` row.

    Attributes:
        column: its column.
        reason: what is wrong with it.
    """

    max_shown: ClassVar[int] = 80

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason
