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

    Args:
        pid: the process at its root.
        started: when the run began, by the monotonic clock.
        earlier_peak: the kernel's maximum for that process when the run began, where it is older
            than the run: it then tells something of the run only where it has grown.

    Attributes:
        peak_bytes: the largest sum seen so far, or the kernel's own maximum for a single process
            (``VmHWM``) where that is larger; 0 before the first sample that saw memory.
        interval: seconds to wait before the next sample.
    """

    def __init__(self, pid: int, started: float, *, earlier_peak: int | None = None) -> None:
        self.peak_bytes = 0
        self.interval = FIRST_INTERVAL
        self._pid = pid
        self._started = started
        self._earlier_peak = earlier_peak

    def sample(self) -> Sample:
        """Look once, and plan the next look."""
        began, busy = time.monotonic(), time.thread_time()
        sizes = {pid: memory_of(pid) for pid in _tree(self._pid)}
        resident = sum(now for now, _ in sizes.values())
        self.peak_bytes = max(self.peak_bytes, resident, *self._telling(sizes), 0)
        # The time this thread worked, not the time that passed: on a busy machine a sample may
        # wait long for its turn, and the next one must not be put off for that.
        cost = time.thread_time() - busy
        self.interval = max(
            min(self.interval * _GROWTH, LAST_INTERVAL), min(cost / _MOST_OVERHEAD, 1.0)
        )
        return Sample(began - self._started, len(sizes), resident)

    def _telling(self, sizes: dict[int, tuple[int, int]]) -> list[int]:
        """The kernel's maxima that are of this run."""
        if self._earlier_peak is None:
            return [most for _, most in sizes.values()]
        own = sizes.get(self._pid, (0, 0))[1]
        return [own] if own > self._earlier_peak else []


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


def memory_of(pid: int) -> tuple[int, int]:
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
