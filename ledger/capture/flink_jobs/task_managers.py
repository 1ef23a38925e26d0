"""The task managers that a job ran on, and the cluster they make up."""

import re
from collections.abc import Mapping
from typing import Any

from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of
from ledger.capture.sizes import bytes_of

MOST = 50_000

_PORT = re.compile(r":\d{1,5}$")
_UNASSIGNED = {"", "(unassigned)"}
_SLOTS = "taskmanager.numberOfTaskSlots"
_MEMORY = ("taskmanager.memory.process.size", "taskmanager.memory.flink.size")
"""Of one task manager: of its process, else without what the JVM needs for itself."""


class TaskManagers:
    """Those that the subtasks of a job were on when it ended.

    Attributes:
        attempts: most attempts at one subtask before its last: how often the job, or a region of
            it, was started again.
    """

    def __init__(self) -> None:
        self.attempts = 0
        self._on_host: dict[str, set[str]] = {}
        self._known: set[str] = set()

    @property
    def hosts(self) -> int:
        """Distinct hosts."""
        return len(self._on_host)

    @property
    def host(self) -> str:
        """One of them; "": there is none."""
        return next(iter(self._on_host), "")

    @property
    def most_on_host(self) -> int:
        """Task managers on one host."""
        return max(map(len, self._on_host.values()), default=0)

    @property
    def one(self) -> str:
        """The identifier of one task manager; "": there is none."""
        return min(self._known, default="")

    def ran(self, subtask: dict[str, Any]) -> None:
        """A subtask of ``/jobs/:jobid/vertices/:vertexid``.

        Raises:
            ValueError: it does not hold what Flink answers.
        """
        self.attempts = max(self.attempts, count_of(subtask, "attempt"))
        # Flink 1 names the host, or the host and a port; Flink 2 has both under another key.
        host = _PORT.sub("", text_of(subtask, "endpoint") or text_of(subtask, "host"))
        name = text_of(subtask, "taskmanager-id") or host
        if host in _UNASSIGNED or name in _UNASSIGNED:
            return
        if name not in self._known and len(self._known) == MOST:
            raise ValueError(f"more than {MOST:,} task managers")
        self._known.add(name)
        self._on_host.setdefault(host, set()).add(name)


def slots_of(about: Any, settings: Mapping[str, str]) -> int:
    """The slots of one task manager; 0: nobody says.

    Args:
        about: the task manager, as ``/taskmanagers/:id`` tells of it, if it does.
        settings: of the cluster.

    Raises:
        ValueError: the answer does not hold what Flink answers.
    """
    given = settings.get(_SLOTS, "")
    return count_of(about, "slotsNumber") or (int(given) if re.fullmatch(r"\d{1,6}", given) else 0)


def memory_of(about: Any, settings: Mapping[str, str]) -> int:
    """The memory of one task manager in bytes; 0: nobody says. For the arguments see `slots_of`.

    Raises:
        ValueError: the answer does not hold what Flink answers.
    """
    told = part_of(about, "memoryConfiguration")
    if total := count_of(told, "totalProcessMemory") or count_of(told, "totalFlinkMemory"):
        return total
    given = (settings[each] for each in _MEMORY if each in settings)
    return bytes_of(next(given, ""), unit="b") or 0
