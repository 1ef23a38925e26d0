"""What this process and those below it use while a part of the program runs.

CPU time and bytes are the process's own and of the children it waited for; memory is that of the
process tree, looked at now and then by one thread (`ledger.capture.sampling`). None of it can be
told apart where two parts run at the same time, neither of them within the other: then there is
no figure, rather than a wrong one.
"""

import os
import resource
import threading
import time
from collections.abc import Iterable
from contextlib import suppress

from ledger.capture.child import transferred
from ledger.capture.sampling import TreeSampler
from ledger.capture.sampling import memory_of

_IDLE_SECONDS = 5.0
"""How long the thread stays when nothing is measured."""


class Usage:
    """What is used from now on, until `end`."""

    def __init__(self, within: Iterable["Usage"]) -> None:
        """Begin.

        Args:
            within: the parts of the program that this one is within.
        """
        self.started = time.monotonic()
        pid = os.getpid()
        _, earlier_peak = memory_of(pid)
        self.sampler = TreeSampler(pid, self.started, earlier_peak=earlier_peak)
        self._earlier_peak = earlier_peak
        self.is_shared = False
        _WATCH.begin(self, set(within))
        self._read, self._written = transferred(pid)
        self._cpu_seconds = _cpu_seconds()
        self.started = time.monotonic()

    def end(self) -> tuple[float, dict[str, float]]:
        """The runtime in seconds, and figures under the names of a record's metrics."""
        runtime_seconds = time.monotonic() - self.started
        cpu_seconds = _cpu_seconds() - self._cpu_seconds
        pid = os.getpid()
        read, written = transferred(pid)
        _WATCH.end(self)
        if self.is_shared:
            return runtime_seconds, {}
        metrics: dict[str, float] = {"cpu_seconds": round(max(0.0, cpu_seconds), 6)}
        resident, most = memory_of(pid)
        told = most if most > self._earlier_peak else resident
        if peak := max(self.sampler.peak_bytes, told):
            metrics["peak_memory_bytes"] = peak
        if read is not None and self._read is not None:
            metrics["read_bytes"] = read - self._read
        if written is not None and self._written is not None:
            metrics["written_bytes"] = written - self._written
        return runtime_seconds, metrics


class _Watch:
    """What is measured now, and the thread that looks at memory meanwhile."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """In a child process nothing is measured yet, and the thread is gone."""
        self._changed = threading.Condition()
        self._active: set[Usage] = set()
        self._alone: set[Usage] = set()
        self._is_watched = False

    def begin(self, usage: Usage, within: set[Usage]) -> None:
        with self._changed:
            beside = self._alone - within
            for other in beside:
                other.is_shared = True
            self._alone -= beside
            usage.is_shared = not self._active <= within
            self._active.add(usage)
            if not usage.is_shared:
                self._alone.add(usage)
            if not self._is_watched:
                self._is_watched = True
                threading.Thread(target=self._look, name="perfledger-memory", daemon=True).start()
            self._changed.notify()

    def end(self, usage: Usage) -> None:
        with self._changed:
            self._active.discard(usage)
            self._alone.discard(usage)

    def _look(self) -> None:
        while True:
            with self._changed:
                watched = list(self._alone)
                pause = min((each.sampler.interval for each in watched), default=_IDLE_SECONDS)
                was_told = self._changed.wait(pause)
                if not was_told and not self._active:
                    self._is_watched = False
                    return
                watched = [] if was_told else list(self._alone)
            for each in watched:
                with suppress(Exception):  # the program's standard error is not ours
                    each.sampler.sample()


def _cpu_seconds() -> float:
    own, waited_for = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + waited_for.ru_utime + waited_for.ru_stime


_WATCH = _Watch()
os.register_at_fork(after_in_child=_WATCH.forget)
