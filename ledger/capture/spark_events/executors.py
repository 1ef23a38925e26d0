"""Executors as they come and go, and the cluster they make up."""

from collections import Counter
from typing import Any

from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of

MOST_ALIVE = 50_000
"""At one time."""

_RESIDENT = (
    "ProcessTreeJVMRSSMemory",
    "ProcessTreePythonRSSMemory",
    "ProcessTreeOtherRSSMemory",
)
_USED = ("JVMHeapMemory", "JVMOffHeapMemory")


class Executors:
    """The executors of an application, of which only those that are alive are kept.

    Attributes:
        most_hosts: distinct hosts with an executor at one time.
        most_cores: cores of the executors on one host at one time.
        most_on_host: executors on one host at one time.
        host: one of the hosts, as the cluster manager calls it; "": there was none.
        peak_bytes: the peaks of the executors that were there at one time, added up; 0: not
            measured. Resident memory where Spark measured it, else what the JVMs used. They need
            not have had their peaks at the same moment.
    """

    def __init__(self) -> None:
        self.most_hosts = 0
        self.most_cores = 0
        self.most_on_host = 0
        self.host = ""
        self.peak_bytes = 0
        self._alive: dict[str, tuple[str, int]] = {}
        self._on_host: Counter[str] = Counter()
        self._cores: Counter[str] = Counter()
        self._peaks: dict[str, int] = {}
        self._together = 0

    def added(self, event: dict[str, Any]) -> None:
        """An executor is there.

        Raises:
            ValueError: the event does not hold what it should.
        """
        name = text_of(event, "Executor ID")
        host = text_of(event, "Executor Info", "Host")
        cores = count_of(event, "Executor Info", "Total Cores")
        if len(self._alive) == MOST_ALIVE:
            raise ValueError(f"more than {MOST_ALIVE:,} executors at once")
        if not host or name in self._alive:
            return
        self._alive[name] = host, cores
        self._on_host[host] += 1
        self._cores[host] += cores
        self.host = host
        self.most_hosts = max(self.most_hosts, len(self._on_host))
        self.most_on_host = max(self.most_on_host, self._on_host[host])
        self.most_cores = max(self.most_cores, self._cores[host])

    def removed(self, event: dict[str, Any]) -> None:
        """An executor is gone.

        Raises:
            ValueError: the event does not hold what it should.
        """
        name = text_of(event, "Executor ID")
        host, cores = self._alive.pop(name, ("", 0))
        if not host:
            return
        self._together -= self._peaks.pop(name, 0)
        self._on_host[host] -= 1
        self._cores[host] -= cores
        if not self._on_host[host]:
            del self._on_host[host]
            del self._cores[host]

    def measured(self, event: dict[str, Any]) -> None:
        """An executor's peaks, as a stage or a task ended on it.

        Raises:
            ValueError: the event does not hold what it should.
        """
        name = text_of(event, "Executor ID") or text_of(event, "Task Info", "Executor ID")
        metrics = part_of(event, "Executor Metrics") or part_of(event, "Task Executor Metrics")
        if not metrics or name not in self._alive:
            return
        resident = sum(count_of(metrics, each) for each in _RESIDENT)
        used = resident or sum(count_of(metrics, each) for each in _USED)
        known = self._peaks.get(name, 0)
        self._peaks[name] = max(known, used)
        self._together += self._peaks[name] - known
        self.peak_bytes = max(self.peak_bytes, self._together)
