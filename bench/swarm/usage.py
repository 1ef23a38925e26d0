"""What a process takes: memory and processor time."""

from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Usage:
    """Of one process, up to now.

    Attributes:
        rss: resident memory now, in bytes.
        peak_rss: the most it was.
        cpu_seconds: of all its threads, in user and kernel.
    """

    rss: int
    peak_rss: int
    cpu_seconds: float


def usage_of(pid: int) -> Usage:
    """What a process took so far.

    Raises:
        psutil.NoSuchProcess: it has ended.
    """
    process = psutil.Process(pid)
    times = process.cpu_times()
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise psutil.NoSuchProcess(pid) from error
    (peak,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    resident = process.memory_info().rss
    # It is read a moment earlier, and the kernel brings it up to date by and by.
    most = max(int(peak.split()[1]) * 1024, resident)
    return Usage(resident, most, times.user + times.system)
