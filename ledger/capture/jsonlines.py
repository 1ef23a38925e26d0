"""JSON that comes from outside: bounded, strict, and flat where a table needs columns."""

import json
import re
from typing import Any

MAX_JSON_BYTES = 64 << 20
"""A JSON array has to be read as a whole; larger data belongs into JSONL."""

MAX_DEPTH = 20
MAX_DIGITS = 100

_BRACKET_OR_STRING = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*+"', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


def parse(text: str, *, repeated: bool = False) -> Any:
    """The value of a JSON text.

    Args:
        text: the text.
        repeated: whether a key may stand twice in an object; the last one counts then. YARN writes
            such objects.

    Raises:
        ValueError: not JSON (RFC 8259), NaN or an infinity, a key that stands twice, or nested
            more deeply than any record is.
    """
    _check_depth(text)
    pairs = dict if repeated else _unique
    try:
        value = json.loads(
            text, object_pairs_hook=pairs, parse_int=_integer, parse_constant=_refuse
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
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


def _check_depth(text: str) -> None:
    """Refuse deep nesting before parsing.

    json relies on the recursion limit, and py-evm raises that so far that nested brackets overflow
    the C stack and end the process.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _BRACKET_OR_STRING.finditer(text):
        depth += _STEP.get(text[token.start()], 0)
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
