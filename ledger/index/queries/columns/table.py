"""The columns themselves: arrays of one length, a row of each a listed record."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ledger.index.queries.columns.dictionary import Codes
from ledger.index.queries.columns.dictionary import Mask

Keys = NDArray[np.int64]
Numbers = NDArray[np.float64]

PENDING = 0
"""The batch of a record that no batch holds."""


_SPARE = 8
"""Of so many rows there is room for one more, when room is made for some."""


@dataclass(slots=True)
class _Room:
    """Arrays that are longer than the tables that stand at their beginning.

    Attributes:
        arrays: one for each column, in the order of `Table.columns`.
        written: how many rows some table has. A shorter one must not write there.
    """

    arrays: list[NDArray[Any]]
    written: int

    @classmethod
    def of(cls, columns: Sequence[NDArray[Any]], rows: int) -> "_Room":
        """Room for more rows behind some columns."""
        room = cls([np.empty(rows + rows // _SPARE, column.dtype) for column in columns], 0)
        for array, column in zip(room.arrays, columns, strict=True):
            array[: len(column)] = column
        room.written = len(columns[0])
        return room

    def holds(self, rows: int) -> bool:
        """Whether so many rows fit."""
        return len(self.arrays[0]) >= rows


@dataclass(frozen=True, slots=True)
class Table:
    """Listed records, in the order of their keys. Nothing of it changes once it is made.

    Attributes:
        keys: primary keys of the rows, ascending.
        batches: key of each one's batch, or `PENDING`.
        codes: by field, codes of its values in that field's dictionary.
        numbers: by field, its values; NaN where there is none. Integers are exact up to 2**53,
            which no record exceeds.
    """

    keys: Keys
    batches: Keys
    codes: Mapping[str, Codes]
    numbers: Mapping[str, Numbers]
    _room: _Room | None = None

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.keys)

    @property
    def columns(self) -> list[NDArray[Any]]:
        """All of them, in an order that is the same for each table."""
        return [self.keys, self.batches, *self.codes.values(), *self.numbers.values()]

    def changed(self, keys: Keys, rows: "Table") -> "Table":
        """With the rows of some keys taken out, and others put in.

        Where rows only change or come behind the last, as they do while a ledger is used, the
        columns that stay the same are not copied, however long they are.
        """
        places = np.searchsorted(self.keys, rows.keys)
        known = self._stand_at(places, rows.keys)
        behind = places == len(self)
        gone = self.holds(np.setdiff1d(keys, rows.keys))
        if (known | behind).all() and not gone.any():
            return self._written(places[known], rows, known, behind)
        return self._rearranged(gone | self.holds(rows.keys), rows)

    def holds(self, keys: Keys) -> Mask:
        """Which rows have one of some keys."""
        found = np.zeros(len(self), np.bool_)
        places = np.searchsorted(self.keys, keys)
        found[places[self._stand_at(places, keys)]] = True
        return found

    def _stand_at(self, places: Keys, keys: Keys) -> Mask:
        if not len(self):
            return np.zeros(len(keys), np.bool_)
        found: Mask = self.keys[places.clip(max=len(self) - 1)] == keys
        return found

    def _written(self, places: Keys, rows: "Table", known: Mask, behind: Mask) -> "Table":
        old, total = len(self), len(self) + int(behind.sum())
        room = self._room
        if room is None or room.written != old or not room.holds(total):
            room = _Room.of(self.columns, total)
        arrays = []
        for array, new in zip(room.arrays, rows.columns, strict=True):
            if not np.array_equal(array[places], new[known], equal_nan=new.dtype.kind == "f"):
                array = array.copy()  # noqa: PLW2901 - other tables stand in the old one
                array[places] = new[known]
            array[old:total] = new[behind]
            arrays.append(array)
        room.written = total
        return self._of([array[:total] for array in arrays], _Room(arrays, total))

    def _rearranged(self, out: Mask, rows: "Table") -> "Table":
        kept = self.keys[~out]
        places = np.searchsorted(kept, rows.keys)
        return self._of(
            [
                np.insert(old[~out], places, new)
                for old, new in zip(self.columns, rows.columns, strict=True)
            ],
            None,
        )

    def _of(self, columns: list[NDArray[Any]], room: _Room | None) -> "Table":
        keys, batches, *others = columns
        codes = dict(zip(self.codes, others, strict=False))
        numbers = dict(zip(self.numbers, others[len(codes) :], strict=True))
        return Table(keys, batches, codes, numbers, room)
