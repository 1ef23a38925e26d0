"""What happens next: a clock and a heap."""

import heapq
from collections.abc import Callable
from typing import Any


class EventQueue:
    """Calls what is due, in the order of time; what is due at once, in the order it was planned.

    Attributes:
        now: simulated seconds since the beginning.
        happened: events so far.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.happened = 0
        self._planned: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = 0

    def at(self, due: float, act: Callable[..., None], *arguments: Any) -> None:
        """Plan a call.

        Raises:
            ValueError: it would be in the past.
        """
        if due < self.now:
            raise ValueError(f"{due} s is before now, {self.now} s")
        self._number += 1
        heapq.heappush(self._planned, (due, self._number, act, arguments))

    def run(self, until: float = float("inf")) -> None:
        """Until nothing is planned, or up to a time, which is then now."""
        while self._planned and self._planned[0][0] <= until:
            self.now, _, act, arguments = heapq.heappop(self._planned)
            self.happened += 1
            act(*arguments)
        if until != float("inf"):
            self.now = until
