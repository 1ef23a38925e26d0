"""Sizes as settings of Spark and Flink have them.

Source: `JavaUtils.byteStringAs` of Spark and `MemorySize.parse` of Flink for the units.
"""

import re

from ledger.record.schema import MAX_SAFE_INTEGER

_SIZE = re.compile(r"\s*(\d{1,12})\s*([bkmgtp]?)b?\s*", re.IGNORECASE)
_POWER = {"b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50}


def bytes_of(text: str, *, unit: str = "m") -> int | None:
    """A size such as ``4g`` or ``512m`` in bytes (binary units); None: it is none.

    Args:
        text: as in the setting.
        unit: what it is in where it does not say.
    """
    found = _SIZE.fullmatch(text)
    if not found:
        return None
    size = int(found[1]) << _POWER[(found[2] or unit).lower()]
    return size if 0 < size <= MAX_SAFE_INTEGER else None
