"""Watching the resident memory of a process and everything below it.

Resident sizes are summed over the processes of the tree, so a page that two of them share (after
``fork``) counts in both. The proportional size would be exact but costs the kernel a walk over
every mapping, which disturbs the very run that is measured.
"""

import contextlib
import time
from dataclasses import dataclass

import psutil

FIRST_INTERVAL = 0.02
LAST_INTERVAL = 0.2
_GROWTH = 1.15
_MOST_OVERHEAD = 0.05
"""Sampling may take this share of one core."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a running process tree.

    Attributes:
        elapsed_seconds: since the command was started.
        processes: how many processes the tree has.
        resident_bytes: their resident memory, summed.
    """

    elapsed_seconds: float
    processes: int
    resident_bytes: int


class TreeSampler:
    """Samples a process tree at intervals that grow with the run.

    Attributes:
        peak_bytes: the largest sum seen so far; 0 before the first sample that saw memory.
        interval: seconds to wait before the next sample.
    """

    def __init__(self, pid: int, started: float) -> None:
        self.peak_bytes = 0
        self.interval = FIRST_INTERVAL
        self._started = started
        self._root: psutil.Process | None = None
        with contextlib.suppress(psutil.Error):
            self._root = psutil.Process(pid)

    def sample(self) -> Sample:
        """Look once, and plan the next look."""
        began = time.monotonic()
        sizes = [_resident_bytes(process) for process in self._tree()]
        resident = sum(sizes)
        self.peak_bytes = max(self.peak_bytes, resident)
        cost = time.monotonic() - began
        self.interval = max(
            min(self.interval * _GROWTH, LAST_INTERVAL), min(cost / _MOST_OVERHEAD, 1.0)
        )
        return Sample(began - self._started, len(sizes), resident)

    def _tree(self) -> list[psutil.Process]:
        if self._root is None:
            return []
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.Error:
            return []


def _resident_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # it ended since it was listed, or belongs to somebody else
        return 0
