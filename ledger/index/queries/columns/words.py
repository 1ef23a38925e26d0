"""Texts as sets of words, in arrays: what is left of a text without some of them, for a million."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ledger.index.queries.columns.dictionary import Codes
from ledger.index.queries.columns.dictionary import Dictionary
from ledger.index.queries.columns.dictionary import Mask
from ledger.index.queries.columns.mixing import Marks
from ledger.index.queries.columns.mixing import mixed
from ledger.index.queries.columns.mixing import seed

Places = NDArray[np.int64]


class Words:
    """The words of a dictionary's texts; no word of a text counts twice.

    Each word has a random number of 64 bits, and a set of words has the sum of theirs: the same
    sets have the same, and others do not, but for a chance of 2**-64 for each two (as
    `ledger.index.queries.columns.numbering`).

    Safe for readers while one writer follows the dictionary.
    """

    def __init__(self) -> None:
        self._seed = seed()
        self._numbers: dict[str, int] = {}
        self._parts: tuple[Codes, Places] = (np.zeros(0, np.int32), np.zeros(1, np.int64))

    def follow(self, texts: Dictionary[str]) -> None:
        """Read the texts that came since the last time."""
        words, ends = self._parts
        fresh: list[int] = []
        lengths: list[int] = []
        for code in range(len(ends) - 1, len(texts)):
            found = set((texts.value(code) or "").split())
            fresh += [self._numbers.setdefault(word, len(self._numbers)) for word in found]
            lengths.append(len(found))
        if lengths:
            words = np.concatenate([words, np.array(fresh, np.int32)])
            ends = np.concatenate([ends, ends[-1] + np.cumsum(lengths)])
            self._parts = words, ends

    def numbers(self, words: Iterable[str]) -> list[int]:
        """The numbers of words, those of no text left out."""
        return [number for word in words if (number := self._numbers.get(word)) is not None]

    def left(self, texts: NDArray[np.integer], without: "Without") -> Marks:
        """What is left of texts without some of their words: the same number, the same words.

        Args:
            texts: codes.
            without: which words do not count, perhaps depending on whose text it is.
        """
        words, ends = self._parts
        begins, counts = ends[texts], ends[texts + 1] - ends[texts]
        owners = np.repeat(np.arange(len(texts)), counts)
        within = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        of_owners = words[np.repeat(begins, counts) + within]
        kept = ~without.drops(of_owners, owners, len(self._numbers))
        sums = np.zeros(len(texts), np.uint64)
        np.add.at(sums, owners[kept], mixed(of_owners[kept], self._seed))
        return sums


class Without:
    """Words that do not count: some in every text, others only where a field has a value.

    Args:
        everywhere: numbers of words.
    """

    def __init__(self, everywhere: Iterable[int]) -> None:
        self._everywhere = list(everywhere)
        self._fields: list[tuple[NDArray[np.integer], dict[int, list[int]]]] = []

    def where(self, codes: NDArray[np.integer], words: dict[int, list[int]]) -> None:
        """Leave out the words of a field's value.

        Args:
            codes: the field's, for each owner of a text.
            words: by code, numbers of words.
        """
        self._fields.append((codes, words))

    def drops(self, words: Codes, owners: Places, size: int) -> Mask:
        """Which words do not count.

        Args:
            words: their numbers.
            owners: places of those whose texts they are in.
            size: how many words there are in all.
        """
        named = np.zeros(size, np.bool_)
        named[self._everywhere] = True
        dropped: Mask = named[words]
        for codes, by_code in self._fields:
            named[:] = False
            for several in by_code.values():
                named[several] = True
            hits = np.flatnonzero(named[words])
            pairs = np.sort([code * size + word for code in by_code for word in by_code[code]])
            if not len(pairs):
                continue
            wanted = codes[owners[hits]].astype(np.int64) * size + words[hits]
            places = np.searchsorted(pairs, wanted).clip(max=len(pairs) - 1)
            dropped[hits[pairs[places] == wanted]] = True
        return dropped
