"""Configurations by number: runs of the same one are then counted by an array, not by a search."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ledger.index.queries.columns.dictionary import Codes
from ledger.index.queries.columns.dictionary import Mask
from ledger.index.queries.columns.mixing import Marks
from ledger.index.queries.columns.mixing import mixed
from ledger.index.queries.columns.mixing import seed
from ledger.index.queries.runtimes import CONFIGURATION

TEXT = "search"

NAMED = tuple(name for name in CONFIGURATION if name != TEXT)
"""The fields of a configuration that are values and no text."""


class Numbering:
    """Numbers of configurations, from 0, in the order in which they came; one keeps its number.

    A configuration is recognised by a number of 64 bits, the sum of those of its fields' values
    (A. L. Zobrist, "A New Hashing Method with Application for Game Playing", 1970). That any two of
    a million are taken for one has a chance of one in 37 million, whatever somebody may write.

    Safe for readers while one writer adds.
    """

    def __init__(self) -> None:
        self._seeds = {name: seed() for name in CONFIGURATION}
        self._known: tuple[Marks, Codes] = (np.zeros(0, np.uint64), np.zeros(0, np.int32))
        self._marks = np.zeros(0, np.uint64)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._marks)

    def encode(self, values: Mapping[str, NDArray[Any]]) -> Codes:
        """The numbers of rows; new configurations get the next.

        Args:
            values: by field of `CONFIGURATION`, its codes or, of sizes, bytes.
        """
        named = np.zeros(len(values[TEXT]), np.uint64)
        for name in NAMED:
            named += self.marks(name, values[name])
        whole = named + self.marks(TEXT, values[TEXT])
        known, codes = self._known
        rows = np.flatnonzero(~_holds(known, whole))
        fresh, first = np.unique(whole[rows], return_index=True)
        if len(fresh):
            places = np.searchsorted(known, fresh)
            known = np.insert(known, places, fresh)
            numbers = np.arange(len(codes), len(known), dtype=np.int32)
            codes = np.insert(codes, places, numbers)
            self._known = known, codes
            self._marks = np.concatenate([self._marks, named[rows[first]]])
        found: Codes = codes[np.searchsorted(known, whole)]
        return found

    def named(self, numbers: NDArray[np.integer]) -> Marks:
        """What configurations say in all fields but their text: the sum of the fields' numbers."""
        found: Marks = self._marks[numbers]
        return found

    def marks(self, name: str, values: NDArray[Any]) -> Marks:
        """The numbers of a field's values; floats are whole, or NaN where there is none."""
        whole = np.where(np.isnan(values), -1, values) if values.dtype.kind == "f" else values
        return mixed(whole.astype(np.int64), self._seeds[name])


def _holds(ascending: Marks, wanted: Marks) -> Mask:
    if not len(ascending):
        return np.zeros(len(wanted), np.bool_)
    places = np.searchsorted(ascending, wanted).clip(max=len(ascending) - 1)
    found: Mask = ascending[places] == wanted
    return found
