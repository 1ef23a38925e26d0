"""What is used by one at a time: uplinks and cores. First come, first served.

Requests have to be made in the order of time, as events are; then the end of each is known at once.
"""

import heapq


class Uplinks:
    """What each of many peers sends, one answer after the other at its full rate.

    Args:
        count: how many there are.
        bytes_per_second: of each.

    Attributes:
        sent: bytes, by peer.
    """

    def __init__(self, count: int, bytes_per_second: float) -> None:
        self._rate = bytes_per_second
        self._free = [0.0] * count
        self.sent = [0] * count

    def send(self, peer: int, now: float, size: int) -> float:
        """When the last byte is out."""
        ended = max(now, self._free[peer]) + size / self._rate
        self._free[peer] = ended
        self.sent[peer] += size
        return ended

    def busy_until(self, peer: int) -> float:
        """When a peer has sent all that it was asked for."""
        return self._free[peer]


class Cores:
    """Processor time: one core for each peer, or a few that all of them share.

    Args:
        count: how many peers there are.
        shared: cores of the one machine that all run on; None: each has a core of its own.

    Attributes:
        used: seconds, by peer.
    """

    def __init__(self, count: int, shared: int | None = None) -> None:
        self._free = [0.0] * count
        self._shared = [0.0] * shared if shared else None
        self.used = [0.0] * count

    def work(self, peer: int, now: float, seconds: float) -> float:
        """When work of so many seconds is done; Python does one thing at a time per process."""
        begins = max(now, self._free[peer])
        if self._shared is not None:
            begins = max(begins, heapq.heappop(self._shared))
            heapq.heappush(self._shared, begins + seconds)
        self._free[peer] = begins + seconds
        self.used[peer] += seconds
        return begins + seconds
