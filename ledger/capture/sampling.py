"""Watching the resident memory of a process and everything below it.

Resident sizes are summed over the processes of the tree, so a page that two of them share (after
``fork``) counts in both. The proportional size would be exact but costs the kernel a walk over
every mapping, which disturbs the very run that is measured.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

FIRST_INTERVAL = 0.001
LAST_INTERVAL = 0.2
_GROWTH = 1.2
"""The last look at a run is then at most a fifth of its runtime before its end."""
_MOST_OVERHEAD = 0.05
"""Sampling may take this share of one core."""

_PROC = Path("/proc")
_KIBIBYTE = 1024


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
        peak_bytes: the largest sum seen so far, or the kernel's own maximum for a single process
            (``VmHWM``) where that is larger; 0 before the first sample that saw memory.
        interval: seconds to wait before the next sample.
    """

    def __init__(self, pid: int, started: float) -> None:
        self.peak_bytes = 0
        self.interval = FIRST_INTERVAL
        self._pid = pid
        self._started = started

    def sample(self) -> Sample:
        """Look once, and plan the next look."""
        began, busy = time.monotonic(), time.thread_time()
        sizes = [_memory(pid) for pid in _tree(self._pid)]
        resident = sum(now for now, _ in sizes)
        self.peak_bytes = max(self.peak_bytes, resident, *(most for _, most in sizes), 0)
        # The time this thread worked, not the time that passed: on a busy machine a sample may
        # wait long for its turn, and the next one must not be put off for that.
        cost = time.thread_time() - busy
        self.interval = max(
            min(self.interval * _GROWTH, LAST_INTERVAL), min(cost / _MOST_OVERHEAD, 1.0)
        )
        return Sample(began - self._started, len(sizes), resident)


def _tree(root: int) -> Iterator[int]:
    """A process and its descendants."""
    if not (_PROC / str(root) / "task" / str(root) / "children").exists():
        yield from _tree_by_listing(root)
        return
    pids = [root]
    while pids:
        pid = pids.pop()
        yield pid
        for children in (_PROC / str(pid) / "task").glob("*/children"):
            try:
                pids.extend(map(int, children.read_text(encoding="ascii").split()))
            except OSError:  # the thread ended since it was listed
                continue


def _tree_by_listing(root: int) -> Iterator[int]:
    """The same by a look at every process of the system, where the kernel keeps no such list."""
    try:
        process = psutil.Process(root)
        yield root
        yield from (child.pid for child in process.children(recursive=True))
    except psutil.Error:
        return


def _memory(pid: int) -> tuple[int, int]:
    """Resident memory of one process now, and at most so far, in bytes; 0 once it has ended."""
    try:
        text = (_PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _memory_by_library(pid)
    fields = dict(line.split(":", 1) for line in text.splitlines() if line.startswith("Vm"))
    return _kibibytes(fields.get("VmRSS")), _kibibytes(fields.get("VmHWM"))


def _kibibytes(value: str | None) -> int:
    return 0 if value is None else int(value.split()[0]) * _KIBIBYTE


def _memory_by_library(pid: int) -> tuple[int, int]:
    try:
        resident = int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # it ended since it was listed, or belongs to somebody else
        return 0, 0
    return resident, resident
