"""Arrays that grow at their end, without being copied each time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SPARE = 8
"""Of so many values there is room for one more, when room is made."""


class Growing:
    """An array that is only written on behind its end: what was read of it before stays as it is.

    Args:
        begin: its first values.
    """

    def __init__(self, begin: NDArray[Any]) -> None:
        self._room = begin
        self._length = len(begin)

    @property
    def values(self) -> NDArray[Any]:
        """All of it, as it is now."""
        return self._room[: self._length]

    def append(self, values: NDArray[Any]) -> None:
        """Add values; one writer at a time."""
        total = self._length + len(values)
        if total > len(self._room):
            room = np.empty(total + total // _SPARE, self._room.dtype)
            room[: self._length] = self.values
            self._room = room
        self._room[self._length : total] = values
        self._length = total
