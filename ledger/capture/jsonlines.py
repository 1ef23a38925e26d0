"""JSON that comes from outside: bounded, strict, and flat where a table needs columns."""

import json
from typing import Any

MAX_JSON_BYTES = 64 << 20
"""A JSON array has to be read as a whole; larger data belongs into JSONL."""

MAX_DEPTH = 20
MAX_DIGITS = 100


def parse(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: not JSON (RFC 8259), NaN or an infinity, a key that stands twice, or nested
            more deeply than any record is.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_int=_integer, parse_constant=_refuse
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    _check_depth(value, MAX_DEPTH)
    return value


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """An object with the objects in it spread out: ``{"a": {"b": 1}}`` becomes ``{"a.b": 1}``."""
    spread: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            spread.update(flat(item, f"{prefix}{key}."))
        else:
            spread[prefix + key] = item
    return spread


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of more than {MAX_DIGITS} digits")
    return int(text)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _check_depth(value: Any, left: int) -> None:
    if isinstance(value, dict | list):
        if left == 0:
            raise ValueError("nested too deeply")
        for item in value.values() if isinstance(value, dict) else value:
            _check_depth(item, left - 1)
