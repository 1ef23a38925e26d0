"""Values by number: a column of texts becomes one of small integers."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any
from typing import Generic
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", str, int)

NONE = 0
"""The code of no value."""

Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]


class Dictionary(Generic[Value]):
    """Values in the order in which they came; one that has a code keeps it.

    Safe for readers while one writer adds: what a reader holds codes of was there before.
    """

    def __init__(self) -> None:
        self._values: list[Value | None] = [None]
        self._codes: dict[Value | None, int] = {None: NONE}
        self._ranks: tuple[list[Value], NDArray[np.float64]] = ([], np.full(1, np.inf))

    def __len__(self) -> int:
        """How many codes there are, that of no value included."""
        return len(self._values)

    def encode(self, values: Iterable[Value | None]) -> Codes:
        """The codes of values; new ones get the next."""
        codes, known = self._codes, self._values
        found = []
        for value in values:
            code = codes.get(value)
            if code is None:
                code = codes[value] = len(known)
                known.append(value)
            found.append(code)
        return np.array(found, np.int32)

    def value(self, code: int) -> Value | None:
        """The value of a code."""
        return self._values[code]

    def code(self, value: Value) -> int | None:
        """The code of a value; None: it has none."""
        return self._codes.get(value)

    def among(self, values: Iterable[Any]) -> Mask:
        """By code, whether its value is one of some; no value never is."""
        chosen = np.zeros(len(self), np.bool_)
        for value in values:
            chosen[self._codes.get(value, NONE)] = True
        chosen[NONE] = False
        return chosen

    def ranks(self) -> NDArray[np.float64]:
        """By code, the place of its value among all, in their order; no value comes last."""
        ordered, ranks = self._ranks
        if len(ranks) < len(self):
            present: list[Any] = [value for value in self._values if value is not None]
            ordered = sorted(present)
            places: dict[Any, float] = dict(
                zip(ordered, map(float, range(len(ordered))), strict=True)
            )
            ranks = np.array([np.inf, *map(places.__getitem__, present)])
            self._ranks = (ordered, ranks)
        return ranks

    def rank_of(self, value: Value) -> float:
        """The place that a value has, or would have between two others."""
        self.ranks()
        ordered = self._ranks[0]
        place = bisect_left(ordered, value)
        there = place < len(ordered) and ordered[place] == value
        return float(place) if there else place - 0.5
