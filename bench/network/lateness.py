"""How much later than they were due packets went out: the emulator's own error."""

from collections.abc import Sequence
from dataclasses import dataclass

BUCKET_SECONDS = 0.00005
BUCKETS = 2_000
"""The last one holds everything from 100 ms on."""


class Lateness:
    """A histogram that costs one addition per packet."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts = [0] * BUCKETS

    def add(self, seconds: float) -> None:
        """Count one packet."""
        self._counts[min(int(seconds / BUCKET_SECONDS), BUCKETS - 1)] += 1

    def counts(self) -> list[int]:
        """Packets per bucket."""
        return list(self._counts)


@dataclass(frozen=True)
class LatenessSummary:
    """Quantiles in milliseconds, each the upper edge of its bucket."""

    packets: int
    median_ms: float
    p99_ms: float
    p999_ms: float


def summarise(counts: Sequence[int]) -> LatenessSummary:
    """The quantiles of a histogram; zeros where nothing was counted."""
    return LatenessSummary(sum(counts), *(_quantile(counts, share) for share in (0.5, 0.99, 0.999)))


def _quantile(counts: Sequence[int], share: float) -> float:
    wanted = share * sum(counts)
    seen = 0
    for bucket, count in enumerate(counts):
        seen += count
        if count and seen >= wanted:
            return round((bucket + 1) * BUCKET_SECONDS * 1_000, 3)
    return 0.0
