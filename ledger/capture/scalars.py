"""Parameters as people write them: ``k=5``, ``codec=lz4``, ``fast=true``."""

import math
from collections.abc import Iterable

from ledger.errors import InvalidInputError
from ledger.record.schema import MAX_SAFE_INTEGER
from ledger.record.schema import Scalar


def pairs(texts: Iterable[str], option: str = "--param") -> dict[str, Scalar]:
    """Names with their values out of texts such as ``k=5``.

    Args:
        texts: the texts.
        option: what they are given by, for the hint.

    Raises:
        InvalidInputError: one has no equals sign.
    """
    found: dict[str, Scalar] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidInputError(
                f"{text[:40]!r} is not a pair", hint=f"Write it as NAME=VALUE, e.g. {option} k=5."
            )
        found[name] = scalar_of(value)
    return found


def scalar_of(text: str) -> Scalar:
    """True, false or a number that records hold where the text is one, and else the text."""
    if text in {"true", "false"}:
        return text == "true"
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        fits = abs(number) <= MAX_SAFE_INTEGER if kind is int else math.isfinite(number)
        return number if fits else text
    return text
