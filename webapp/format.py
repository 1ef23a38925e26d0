"""How values are written for people. Sizes are decimal (1 GB is 10^9 bytes), times are UTC."""

import json
import re
import unicodedata
from collections.abc import Callable
from collections.abc import Mapping
from datetime import UTC
from datetime import datetime
from typing import Any

from markupsafe import Markup

NARROW_SPACE = "\u202f"
NONE = "\u2013"
TIMES = "\u00d7"
_HASH = re.compile(r"0x[0-9a-fA-F]{40,}|bafyrei[a-z2-7]{52}")
SHORTEST_HASH = 16
"""Longer texts are cut by `short`."""

_SIZES = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_KILO = 1000
_MINUTE = 60
_HOUR = 3600
_DAY = 86_400


def number(value: float | None) -> str:
    """A number with its thousands apart, at most four digits after the point."""
    if value is None:
        return NONE
    if float(value).is_integer():
        return f"{int(value):,}".replace(",", NARROW_SPACE)
    return f"{value:,.4f}".rstrip("0").rstrip(".").replace(",", NARROW_SPACE)


def size(value: float | None) -> str:
    """Bytes in the largest decimal unit that leaves at least 1: ``9.53 GB``."""
    if value is None:
        return NONE
    amount, place = float(value), 0
    while abs(amount) >= _KILO and place < len(_SIZES) - 1:
        amount, place = amount / _KILO, place + 1
    return f"{number(round(amount, 2))}{NARROW_SPACE}{_SIZES[place]}"


def seconds(value: float | None) -> str:
    """Seconds as such, for columns that are compared: ``1 340.5 s``."""
    if value is None:
        return NONE
    digits = 1 if value >= _MINUTE else 3
    return f"{number(round(value, digits))}{NARROW_SPACE}s"


def duration(value: float | None) -> str:
    """Seconds as people say them: ``22 min 20 s``."""
    if value is None or value < _MINUTE:
        return seconds(value)
    whole = round(value)
    days, rest = divmod(whole, _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    said = [f"{amount}{NARROW_SPACE}{unit}" for amount, unit in parts if amount]
    return " ".join(said[:2])


def ago(value: float) -> str:
    """How long since something, in whole seconds; a clock that went back since says nothing."""
    return f"{duration(max(round(value), 0))} ago"


def inert(text: str) -> str:
    """A stranger's text without what could hide, reorder or end the text beside it.

    Control characters, those that turn the direction of text, and those that cannot be seen. The
    space that stands between a number and its unit stays.
    """
    return "".join(
        each if each.isprintable() or each == NARROW_SPACE else "\N{REPLACEMENT CHARACTER}"
        for each in text
    )


def shown(value: object) -> object:
    """What a page shows of any value: of a text, what does not tamper with the text around it.

    Every template's output passes here, so that no page can forget it. Lines, tabs and spaces stay,
    and the joiners that some scripts are written with.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    if value.isascii() and value.isprintable():
        return value
    marks = 0
    kept = []
    for each in value:
        category = unicodedata.category(each)
        marks = marks + 1 if category.startswith("M") else 0
        if marks <= MOST_MARKS:
            harmless = each.isprintable() or each in _HARMLESS or category == "Zs"
            kept.append(each if harmless else "\N{REPLACEMENT CHARACTER}")
    return "".join(kept)


MOST_MARKS = 8
"""On one character: no writing needs more, and a hundred would tower over what is around them."""

_HARMLESS = frozenset("\n\r\t\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")


def moment(value: datetime | None) -> str:
    """A moment in UTC, to the second."""
    return NONE if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def day(value: datetime | None) -> str:
    """The day of a moment in UTC."""
    return NONE if value is None else f"{value.astimezone(UTC):%Y-%m-%d}"


def short(value: str | None) -> str:
    """A hash, CID or address by its two ends; its beginning alone tells no two CIDs apart."""
    if value is None:
        return NONE
    if len(value) <= SHORTEST_HASH:
        return value
    head = 10 if value.startswith("baf") else 6
    return f"{value[:head]}\u2026{value[-6:]}"


def percent(part: float, whole: float) -> str:
    """A share of a whole; 0 % is none of it and 100 % all, and nothing else is."""
    if not whole:
        return NONE
    rounded = f"{100 * part / whole:.0f}"
    if part and rounded == "0":
        rounded = "< 1"
    elif part < whole and rounded == "100":
        rounded = "> 99"
    return f"{rounded}{NARROW_SPACE}%"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: ``1 record``, ``2 records``."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def in_words(code: str) -> str:
    """An identifier as words: ``not-in-batch`` and ``machine_type``, ``Machine type``."""
    words = code.replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def readable(sentence: str, names: Mapping[str, str]) -> str:
    """A sentence with the hashes in it shortened, and addresses named where they have a name."""
    known = {address.lower(): name for address, name in names.items()}
    return _HASH.sub(lambda found: known.get(found[0].lower()) or short(found[0]), sentence)


def ether(wei: int) -> str:
    """Wei as ether."""
    return f"{number(wei / 10**18)}{NARROW_SPACE}ETH"


def pretty(value: Any) -> str:
    """A value as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def raw(value: Any) -> str:
    """A value of a verification as it was compared: no rounding, no separators."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": number,
    "size": size,
    "seconds": seconds,
    "duration": duration,
    "inert": inert,
    "moment": moment,
    "day": day,
    "short": short,
    "percent": percent,
    "plural": plural,
    "in_words": in_words,
    "ether": ether,
    "readable": readable,
    "pretty": pretty,
    "raw": raw,
}
