"""A bar split by status."""

from collections.abc import Mapping
from dataclasses import dataclass

WIDTH = 1000
"""Units of the bar's length."""


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the bar.

    Attributes:
        name: what it stands for.
        count: how many.
        x: where it begins, out of `WIDTH`.
        width: how long it is, out of `WIDTH`.
    """

    name: str
    count: int
    x: float
    width: float


def split(counts: Mapping[str, int]) -> list[Share]:
    """The parts that are not empty, side by side, in the order given."""
    total = sum(counts.values())
    shares: list[Share] = []
    start = 0.0
    for name, count in counts.items():
        if count:
            width = WIDTH * count / total
            shares.append(Share(str(name), count, start, width))
            start += width
    return shares
