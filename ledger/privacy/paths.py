"""The paths of a record's values, as maps and filters write them.

``input.size_bytes``, ``configuration.spark.executor.memory``, ``stages.0.name``: the names of parts
and fields, the place in a list, the key of a map. A key is always the last part of a path, so that
one with points in it is no other path.
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from ledger.record.schema import json_schema

Keys = tuple[str | int, ...]
"""Where a value stands in the plain form of a record."""

_ANY_KEY = ""
"""Stands for whatever key a map may have."""

_WILDCARD = re.compile(r"[*?[]")


def text_of(keys: Keys) -> str:
    """The path of a value, for people and for leaves."""
    return ".".join(map(str, keys))


def values_of(part: Any, keys: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """The values of a record's plain form that are no parts themselves, each with its keys."""
    items: Any
    if isinstance(part, dict):
        items = part.items()
    elif isinstance(part, list | tuple):
        items = enumerate(part)
    else:
        yield keys, part
        return
    for key, value in items:
        yield from values_of(value, (*keys, key))


def covers(pattern: str, path: str) -> bool:
    """Whether a pattern is for a value: for its path, or for a part that it belongs to.

    ``*`` stands for any characters, points among them; ``?`` for one; ``[…]`` for one of several.
    """
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern}.*")


def can_cover(pattern: str) -> bool:
    """Whether some record has a value that a pattern is for."""
    certain = _WILDCARD.split(pattern, 1)[0]
    return any(
        certain.startswith(path) or (certain != pattern and path.startswith(certain))
        if path.endswith(".") and not covers(pattern, path)
        else covers(pattern, path)
        for path in _possible()
    )


def without(part: Any, gone: set[Keys], keys: Keys = ()) -> Any:
    """The plain form of a record without some values, and without parts that nothing is left of.

    Returns:
        None where nothing is left.
    """
    if isinstance(part, dict):
        left = {key: without(value, gone, (*keys, key)) for key, value in part.items()}
        return {key: value for key, value in left.items() if value is not None} or None
    if isinstance(part, list | tuple):
        kept = [without(value, gone, (*keys, place)) for place, value in enumerate(part)]
        return [value for value in kept if value is not None] or None
    return None if keys in gone else part


def put(part: Any, keys: Keys, value: Any) -> None:
    """Put a value in the place of another."""
    *above, last = keys
    for key in above:
        part = part[key]
    part[last] = value


@cache
def _possible() -> tuple[str, ...]:
    """A path for each value that the schema allows; one that ends in a point takes any key."""
    schema = json_schema()
    return tuple(sorted(set(_paths(schema, schema["$defs"], ()))))


def _paths(schema: Mapping[str, Any], known: Mapping[str, Any], keys: Keys) -> Iterator[str]:
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for choice in choices:
        yield from _paths(choice, known, keys)
    for name, inner in schema.get("properties", {}).items():
        yield from _paths(inner, known, (*keys, name))
    if "items" in schema:
        yield from _paths(schema["items"], known, (*keys, 0))
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield text_of((*keys, _ANY_KEY))
    elif not choices and not {"properties", "items"} & set(schema) and schema.get("type") != "null":
        yield text_of(keys)
