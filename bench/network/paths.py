"""When a packet arrives, or that it does not: the arithmetic of delay, loss and rate."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Conditions:
    """What one direction between two hosts is like.

    Attributes:
        delay_seconds: the time a packet takes, at least.
        jitter_seconds: up to this is added, evenly drawn for each packet.
        loss: share of packets that never arrive, each drawn for itself.
    """

    delay_seconds: float
    jitter_seconds: float = 0.0
    loss: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no path can be like.

        Raises:
            ValueError: a time below zero, or a share that is none.
        """
        if self.delay_seconds < 0 or self.jitter_seconds < 0 or not 0 <= self.loss <= 1:
            raise ValueError(f"no path is like {self}")


class Path:
    """One direction between two hosts. Packets stay in order, as in a queue, also under jitter."""

    __slots__ = ("_conditions", "_delay", "_draw", "_jitter", "_latest", "_loss")

    def __init__(self, conditions: Conditions, draw: Random) -> None:
        self._draw = draw.random
        self._latest = 0.0
        self._conditions = conditions
        self._delay = conditions.delay_seconds
        self._jitter = conditions.jitter_seconds
        self._loss = conditions.loss

    def due(self, sent: float) -> float | None:
        """When a packet that was sent at a time, in seconds, arrives; None: it is lost."""
        if self._loss and self._draw() < self._loss:
            return None
        due = sent + self._delay
        if self._jitter:
            due = max(due + self._jitter * self._draw(), self._latest)
            self._latest = due
        return due


class Uplink:
    """What a host may send per second, and the buffer in front of it.

    Args:
        bytes_per_second: the rate.
        buffer_seconds: a packet that would wait longer than this is dropped, as by a full queue.
    """

    __slots__ = ("_buffer", "_free", "_rate")

    def __init__(self, bytes_per_second: float, buffer_seconds: float = 0.25) -> None:
        if bytes_per_second <= 0:
            raise ValueError("a host that may send nothing needs no uplink")
        self._rate = bytes_per_second
        self._buffer = buffer_seconds
        self._free = 0.0

    def sent(self, now: float, size: int) -> float | None:
        """When the last byte of a packet of so many bytes is out; None: it was dropped."""
        begins = max(now, self._free)
        if begins - now > self._buffer:
            return None
        self._free = begins + size / self._rate
        return self._free
