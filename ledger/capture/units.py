"""Units a table's column may be given in.

Decimal and binary prefixes are different units: 1 MB is 10^6 bytes and 1 MiB is 2^20 bytes
(IEC 80000-13). A column that says MB and means MiB is mapped with ``unit = "MiB"``.
"""

from enum import StrEnum


class Dimension(StrEnum):
    """What a unit measures."""

    BYTES = "bytes"
    SECONDS = "seconds"


UNITS: dict[str, tuple[Dimension, float]] = {
    "B": (Dimension.BYTES, 1),
    "kB": (Dimension.BYTES, 10**3),
    "MB": (Dimension.BYTES, 10**6),
    "GB": (Dimension.BYTES, 10**9),
    "TB": (Dimension.BYTES, 10**12),
    "KiB": (Dimension.BYTES, 2**10),
    "MiB": (Dimension.BYTES, 2**20),
    "GiB": (Dimension.BYTES, 2**30),
    "TiB": (Dimension.BYTES, 2**40),
    "ns": (Dimension.SECONDS, 1e-9),
    "us": (Dimension.SECONDS, 1e-6),
    "ms": (Dimension.SECONDS, 1e-3),
    "s": (Dimension.SECONDS, 1),
    "min": (Dimension.SECONDS, 60),
    "h": (Dimension.SECONDS, 3600),
}
"""Unit → what it measures, and how many bytes or seconds it is."""


def to_base(value: float, unit: str) -> float:
    """A value in bytes (rounded to a whole byte) or seconds.

    Powers of ten below one second divide instead of multiplying, so that 1500 ms is 1.5 s exactly.
    """
    dimension, factor = UNITS[unit]
    if dimension is Dimension.BYTES:
        return round(value * factor)
    return value / round(1 / factor) if factor < 1 else value * factor
