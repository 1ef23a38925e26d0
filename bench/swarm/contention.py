"""How busy the machine was: what figures of many processes on few cores have to be read with."""

import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Contention:
    """Over some time.

    Attributes:
        seconds: how long.
        cores: that there are.
        busy: share of them in use, by everything on the machine.
        load: processes that ran or wanted to, on average over the last minute, at the end.
    """

    seconds: float
    cores: int
    busy: float
    load: float


class ContentionMeter:
    """Begins to measure when it is made."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._before = psutil.cpu_times()

    def read(self) -> Contention:
        """Since the beginning."""
        now = psutil.cpu_times()
        total = sum(now[:8]) - sum(self._before[:8])
        idle = now.idle + now.iowait - self._before.idle - self._before.iowait
        return Contention(
            seconds=time.monotonic() - self._began,
            cores=psutil.cpu_count() or 1,
            busy=1 - idle / total if total > 0 else 0.0,
            load=psutil.getloadavg()[0],
        )
