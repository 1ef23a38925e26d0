"""A child process whose resource use can still be read when it has ended.

On Linux a process that has ended stays readable in ``/proc`` until its parent reaps it, and its
``io`` there holds what it and every descendant that was reaped transferred (the kernel adds a
child's account to its parent's when it is reaped, also to the parent of a process that lived for a
millisecond only). Waiting therefore does not reap: `Child.reap` reads the account first.

``rchar`` and ``wchar`` are used, not ``read_bytes`` and ``write_bytes``: the latter count what the
block layer transferred, which is nothing for a file in the page cache, on tmpfs or on a network
file system, and would make two runs of one job look different. The price is that pipes between
processes of the tree count on both ends, and memory-mapped reads do not count.

Other systems keep no such account of ended processes, so there the figures are absent.
"""

import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_RUSAGE_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """What a child and its reaped descendants used.

    Attributes:
        return_code: exit code, or the negative number of the signal that ended the child.
        cpu_seconds: user and system time.
        peak_bytes: largest resident memory of any single process; 0 where it cannot be told from
            the memory of this process.
        read_bytes: bytes read by system calls; None where the system does not tell.
        written_bytes: bytes written by system calls; None where the system does not tell.
    """

    return_code: int
    cpu_seconds: float
    peak_bytes: int
    read_bytes: int | None
    written_bytes: int | None


class Child:
    """A started command; standard input, output and error are those of this process.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self._process = subprocess.Popen(argv)
        self.pid = self._process.pid
        # Until it executes the command, a child has the memory of its parent, and the kernel's
        # maximum remembers that. A maximum above our own can only be the command's.
        self._inherited_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self._waited: tuple[int, resource.struct_rusage] | None = None
        self._pidfd = _pidfd(self.pid)

    def ended(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds for the end; the child is not reaped where avoidable."""
        if self._waited:
            return True
        if self._pidfd is not None:
            poll = select.poll()
            poll.register(self._pidfd, select.POLLIN)
            return bool(poll.poll(timeout * 1000))
        return self._ended_by_asking(timeout)

    def send(self, number: int) -> None:
        """Send a signal, if it is not reaped yet."""
        if self._waited is None:
            os.kill(self.pid, number)

    def reap(self) -> Usage:
        """Wait for the end and give the child back to the system; to be called exactly once."""
        while not self.ended(3600.0):
            pass
        read_bytes, written_bytes = transferred(self.pid) if self._waited is None else (None, None)
        status, usage = self._waited or os.wait4(self.pid, 0)[1:]
        self._waited = (status, usage)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        if self._pidfd is not None:
            os.close(self._pidfd)
        peak = usage.ru_maxrss if usage.ru_maxrss > self._inherited_peak else 0
        return Usage(
            return_code=self._process.returncode,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_bytes=peak * _RUSAGE_UNIT,
            read_bytes=read_bytes,
            written_bytes=written_bytes,
        )

    def kill(self) -> None:
        """End it at once and reap it, when its figures are of no use any more."""
        self.send(signal.SIGKILL)
        self.reap()

    def _ended_by_asking(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while True:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self._waited = (status, usage)
                return True
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            time.sleep(min(remaining, 0.01))


def _pidfd(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends (Linux 5.3), else None."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:  # an older kernel, or a sandbox that does not know the call
        return None


def transferred(pid: int) -> tuple[int | None, int | None]:
    """Bytes read and written by a process and its reaped descendants, see proc(5).

    Both None where the system does not tell.
    """
    try:
        text = Path(f"/proc/{pid}/io").read_text(encoding="ascii")
    except OSError:  # not Linux, or the command changed its user
        return None, None
    account = dict(line.split(": ") for line in text.splitlines())
    return int(account["rchar"]), int(account["wchar"])
