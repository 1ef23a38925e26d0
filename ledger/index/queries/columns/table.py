"""The columns themselves: arrays of one length, a row of each a listed record."""

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ledger.index.queries.columns.dictionary import Codes
from ledger.index.queries.columns.dictionary import Mask

Keys = NDArray[np.int64]
Numbers = NDArray[np.float64]

Combine = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]

PENDING = 0
"""The batch of a record that no batch holds."""


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

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.keys)

    def changed(self, keys: Keys, rows: "Table") -> "Table":
        """With the rows of some keys taken out, and others put in."""
        kept = ~self.holds(keys)
        merged = np.concatenate([self.keys[kept], rows.keys])
        order = np.argsort(merged, kind="stable")
        return self._map(rows, lambda old, new: np.concatenate([old[kept], new])[order])

    def holds(self, keys: Keys) -> Mask:
        """Which rows have one of some keys."""
        found = np.zeros(len(self), np.bool_)
        if len(self) and len(keys):
            places = np.searchsorted(self.keys, keys).clip(max=len(self) - 1)
            found[places[self.keys[places] == keys]] = True
        return found

    def _map(self, other: "Table", combine: Combine) -> "Table":
        return replace(
            self,
            keys=combine(self.keys, other.keys),
            batches=combine(self.batches, other.batches),
            codes={name: combine(codes, other.codes[name]) for name, codes in self.codes.items()},
            numbers={
                name: combine(column, other.numbers[name]) for name, column in self.numbers.items()
            },
        )
