"""Records as runs of configurations, out of columns in memory."""

from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ledger.index.queries.columns.dictionaries import SEARCH
from ledger.index.queries.columns.dictionaries import Dictionaries
from ledger.index.queries.columns.dictionary import Mask
from ledger.index.queries.columns.loading import CONFIGURATIONS
from ledger.index.queries.columns.mixing import Marks
from ledger.index.queries.columns.paging import Rows
from ledger.index.queries.columns.runtimes import value_of
from ledger.index.queries.columns.table import Table
from ledger.index.queries.columns.words import Without
from ledger.index.queries.runtimes import CONFIGURATION
from ledger.index.queries.runtimes import Key


@dataclass(frozen=True, slots=True)
class Runs:
    """Records by the configuration that they ran in.

    Attributes:
        members: of each record, the place of its configuration.
        runtimes: of each record, in seconds.
        rows: of each configuration, the row of one of its records.
        numbers: of each configuration, its number.
        table: the columns.
        dictionaries: of their values.
    """

    members: NDArray[np.int64]
    runtimes: NDArray[np.float64]
    rows: Rows
    numbers: NDArray[np.int32]
    table: Table
    dictionaries: Dictionaries

    @staticmethod
    def of(table: Table, dictionaries: Dictionaries, passing: Rows | None) -> "Runs":
        """The rows that pass (None: all)."""
        codes, runtimes = table.codes[CONFIGURATIONS], table.numbers["runtime_seconds"]
        rows = np.arange(len(table)) if passing is None else passing
        if passing is not None:
            codes, runtimes = codes[passing], runtimes[passing]
        members, numbers = _packed(codes, len(dictionaries.configurations))
        one = np.zeros(len(numbers), np.int64)
        one[members] = rows
        return Runs(members, runtimes, one, numbers, table, dictionaries)

    def __len__(self) -> int:
        """How many configurations there are."""
        return len(self.rows)

    def key(self, place: int) -> Key:
        """The values of a configuration, in the order of `CONFIGURATION`."""
        row = int(self.rows[place])
        return tuple(value_of(self.table, self.dictionaries, name, row) for name in CONFIGURATION)

    def at(self, kept: Mask) -> "Runs":
        """The runs of some configurations."""
        there = kept[self.members]
        places = np.cumsum(kept) - 1
        return Runs(
            places[self.members[there]],
            self.runtimes[there],
            self.rows[kept],
            self.numbers[kept],
            self.table,
            self.dictionaries,
        )

    def codes(self, field: str) -> NDArray[np.int32]:
        """Of each configuration, the code of a field's value."""
        return self.table.codes[field][self.rows]

    def code(self, field: str, value: Any) -> int | None:
        """The code of a field's value; None: it is that of no record."""
        return self.dictionaries[field].code(value)

    def value(self, field: str, code: int) -> Any:
        """What a code stands for."""
        return self.dictionaries[field].value(code)

    def sizes(self) -> NDArray[np.float64]:
        """Of each configuration, the input's size in bytes; NaN: not known."""
        return self.table.numbers["input_bytes"][self.rows]

    def texts(self) -> Iterator[str]:
        """The different texts of the configurations."""
        for code in np.unique(self.codes(SEARCH)).tolist():
            yield self.dictionaries[SEARCH].value(code) or ""

    def besides(self, fields: Iterable[str], words: Iterable[str] = ()) -> Marks:
        """What is left of each configuration when some fields, and some words, may differ.

        The words of what these fields say do not count either, as the text repeats them. Numbers
        are the same where what is left is; they are good for one source and its lifetime.
        """
        apart = set(fields)
        left = self.named_besides(apart)
        if SEARCH not in apart:
            without = Without(self.dictionaries.words.numbers(words))
            for name in apart - {"input_bytes"}:
                codes = self.codes(name)
                without.where(
                    codes, {code: self._words(name, code) for code in np.unique(codes).tolist()}
                )
            left += self.dictionaries.words.left(self.codes(SEARCH), without)
        return left

    def named_besides(self, fields: Iterable[str]) -> Marks:
        """The same with no regard to texts: what differs in this differs in the whole."""
        configurations = self.dictionaries.configurations
        left = configurations.named(self.numbers)
        for name in set(fields) - {SEARCH}:
            if name == "input_bytes":
                left -= configurations.marks(name, self.sizes())
            else:
                every_code = np.arange(len(self.dictionaries[name]))
                left -= configurations.marks(name, every_code)[self.codes(name)]
        return left

    def _words(self, field: str, code: int) -> list[int]:
        value = self.value(field, code)
        return self.dictionaries.words.numbers(str(value or "").casefold().split())


def _packed(codes: NDArray[np.int32], size: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Codes numbered anew without gaps, and which of them there are, ascending."""
    if len(codes) * _SPARSE < size:
        found, members = np.unique(codes, return_inverse=True)
        return members.astype(np.int64), found
    there = np.zeros(size, np.bool_)
    there[codes] = True
    places = np.cumsum(there) - 1
    return places[codes], np.flatnonzero(there).astype(np.int32)


_SPARSE = 16
"""Where there are that many times as many numbers as rows, sorting the rows is quicker."""
