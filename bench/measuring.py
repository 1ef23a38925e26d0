"""Clock, memory and machine: what the measurements here share."""

import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import psutil

_SAMPLE_SECONDS = 0.02
MIB = 1 << 20


@dataclass(frozen=True)
class Spent:
    """Time of a stage, in seconds: on the clock, and on the cores by this process."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0


class StageClock:
    """Divides the time that passes among named stages; one of them at a time."""

    def __init__(self) -> None:
        self.spent: dict[str, Spent] = {}
        self._stage: str | None = None
        self._since = Spent(time.perf_counter(), time.process_time())

    def enter(self, stage: str | None) -> None:
        """End the stage that is on and begin another; None: nothing is measured now."""
        now = Spent(time.perf_counter(), time.process_time())
        if self._stage is not None:
            before = self.spent.get(self._stage, Spent())
            self.spent[self._stage] = Spent(
                before.seconds + now.seconds - self._since.seconds,
                before.cpu_seconds + now.cpu_seconds - self._since.cpu_seconds,
            )
        self._stage, self._since = stage, now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """One stage for the length of a block."""
        self.enter(name)
        try:
            yield
        finally:
            self.enter(None)


class PeakMemory:
    """The largest resident memory of this process and its children together, in bytes.

    It is sampled, so that a peak shorter than 20 ms can be missed; `so_far` may be read at any
    time.
    """

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._peak = 0

    def so_far(self) -> int:
        """The peak up to now."""
        self._look()
        return self._peak

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self._look()

    def _look(self) -> None:
        total = self._process.memory_info().rss
        for child in self._process.children(recursive=True):
            try:
                total += child.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        self._peak = max(self._peak, total)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._ended.set()
        self._thread.join()


def machine() -> dict[str, str | int | float]:
    """What a figure depends on, without anything that names the machine."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0,
        "memory_gib": round(psutil.virtual_memory().total / (1 << 30), 1),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - no file to keep
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()
