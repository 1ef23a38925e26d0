"""Texts as sets of words, in arrays: what is left of a text without some of them, for a million."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from ledger.index.queries.columns.dictionary import Codes
from ledger.index.queries.columns.dictionary import Dictionary
from ledger.index.queries.columns.dictionary import Mask
from ledger.index.queries.columns.growing import Growing
from ledger.index.queries.columns.mixing import Marks
from ledger.index.queries.columns.mixing import mixed
from ledger.index.queries.columns.mixing import seed

Places = NDArray[np.int64]

_REMEMBERED = 64
"""Parts of words that people search for."""


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
        self._words: list[str] = []
        self._rooms = tuple(
            Growing(begin)
            for begin in (np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.uint64))
        )
        self._parts = tuple(room.values for room in self._rooms)
        self._contained: OrderedDict[str, Mask] = OrderedDict()
        self._lock = Lock()

    def follow(self, texts: Dictionary[str]) -> None:
        """Read the texts that came since the last time."""
        _, ends, sums = self._parts
        fresh: list[int] = []
        lengths: list[int] = []
        for code in range(len(sums), len(texts)):
            found = set((texts.value(code) or "").split())
            fresh += map(self._number, found)
            lengths.append(len(found))
        if lengths:
            numbers, closed = np.array(fresh, np.int32), np.cumsum([0, *lengths])
            running = np.concatenate([[np.uint64(0)], np.cumsum(mixed(numbers, self._seed))])
            more = (numbers, ends[-1] + closed[1:], np.diff(running[closed]))
            for room, values in zip(self._rooms, more, strict=True):
                room.append(values)
            self._parts = tuple(room.values for room in self._rooms)

    def numbers(self, words: Iterable[str]) -> list[int]:
        """The numbers of words, those of no text left out."""
        return [number for word in words if (number := self._numbers.get(word)) is not None]

    def containing(self, part: str) -> Mask:
        """By code, whether a text contains a part, which has no white space and so is in one word.

        The last few are remembered: a page asks under several filters.
        """
        words, ends, sums = self._parts
        with self._lock:
            known = self._contained.get(part, np.zeros(0, np.bool_))
        if len(known) < len(sums):
            begin = ends[len(known)]
            hits = begin + np.flatnonzero(self._have(part, words[begin:]))
            known = np.concatenate([known, np.zeros(len(sums) - len(known), np.bool_)])
            known[np.searchsorted(ends, hits, side="right") - 1] = True
        with self._lock:
            self._contained[part] = known
            self._contained.move_to_end(part)
            while len(self._contained) > _REMEMBERED:
                self._contained.popitem(last=False)
        return known

    def _number(self, word: str) -> int:
        number = self._numbers.setdefault(word, len(self._words))
        if number == len(self._words):
            self._words.append(word)
        return number

    def _have(self, part: str, numbers: Codes) -> Mask:
        """Which of some words contain a part; each word is looked at once, if there are many."""
        if len(numbers) < len(self._words):
            return np.array([part in self._words[number] for number in numbers], np.bool_)
        have = np.array([part in word for word in self._words], np.bool_)
        found: Mask = have[numbers]
        return found

    def left(self, texts: NDArray[np.integer], without: "Without") -> Marks:
        """What is left of texts without some of their words: the same number, the same words.

        Args:
            texts: codes.
            without: which words do not count, perhaps depending on whose text it is.
        """
        words, ends, sums = self._parts
        left: Marks = sums[texts]
        if without.is_empty:
            return left
        begins, counts = ends[texts], ends[texts + 1] - ends[texts]
        owners = np.repeat(np.arange(len(texts), dtype=np.int32), counts)
        shifts = begins - (np.cumsum(counts) - counts)
        numbers = words[np.arange(len(owners)) + np.repeat(shifts, counts)]
        dropped = without.dropped(numbers, owners, len(self._numbers))
        np.subtract.at(left, owners[dropped], mixed(numbers[dropped], self._seed))
        return left


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

    @property
    def is_empty(self) -> bool:
        """Whether all words count."""
        return not self._everywhere and not any(any(words.values()) for _, words in self._fields)

    def dropped(self, words: Codes, owners: NDArray[np.integer], size: int) -> Places:
        """Places of the words that do not count.

        Args:
            words: their numbers.
            owners: places of those whose texts they are in.
            size: how many words there are in all.
        """
        everywhere, somewhere = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        everywhere[self._everywhere] = somewhere[self._everywhere] = True
        for _, by_code in self._fields:
            for several in by_code.values():
                somewhere[several] = True
        hits = np.flatnonzero(somewhere[words])
        drops: Mask = everywhere[words[hits]]
        for codes, by_code in self._fields:
            pairs = np.sort([code * size + word for code in by_code for word in by_code[code]])
            if len(pairs):
                wanted = codes[owners[hits]].astype(np.int64) * size + words[hits]
                places = np.searchsorted(pairs, wanted).clip(max=len(pairs) - 1)
                drops |= pairs[places] == wanted
        return hits[drops]
