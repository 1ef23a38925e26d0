"""Taking single values out of JSON that a framework wrote."""

from typing import Any

from ledger.record.schema import MAX_SAFE_INTEGER


def part_of(value: Any, *path: str) -> Any:
    """What stands at a path of keys; None: nothing."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def count_of(value: Any, *path: str) -> int:
    """The number at a path, 0 where there is none or, as frameworks have it for "unknown", less.

    Raises:
        ValueError: it is no number, or beyond what JSON holds exactly.
    """
    found = part_of(value, *path)
    if found is None:
        return 0
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError(f"{path[-1]} is no number")  # noqa: TRY004 - of what was read, not of us
    if found < 0:
        return 0
    if not found <= MAX_SAFE_INTEGER:  # NaN is not either
        raise ValueError(f"{path[-1]} is beyond all measure")
    return int(found)


def text_of(value: Any, *path: str, most: int = 256) -> str:
    """The text at a path, cut where it is long; "": there is none.

    Raises:
        ValueError: it is no text.
    """
    found = part_of(value, *path)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise ValueError(f"{path[-1]} is no text")  # noqa: TRY004 - of what was read, not of us
    return found.encode("utf-8", "replace").decode()[:most]
