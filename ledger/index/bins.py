"""Ranges in which sizes, runtimes and dates are counted, so that one can be chosen by its count.

A range is what a filter's bounds say: it includes its ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from datetime import timedelta

from ledger.index.rows import from_microseconds
from ledger.index.rows import to_microseconds

_MOST_DAYS = 45
_MOST_MONTHS = 48
_MOST_YEARS = 60
_LAST_CENTURY = 9900
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

BYTES = (0, *(10**power for power in range(3, 17)))
"""Decimal, as every size of the ledger: under 1 kB, under 10 kB, …"""

_PREFERRED = (100, 150, 220, 330, 470, 680)
"""IEC 60063, series E6: each about 1.5 times the one before."""

FINE_BYTES = (0, *(step * 10**power // 100 for power in range(17) for step in _PREFERRED))
"""Sizes where finer ranges begin, for what is drawn along them."""

SECONDS = (
    0,
    1,
    10,
    _MINUTE,
    10 * _MINUTE,
    _HOUR,
    6 * _HOUR,
    _DAY,
    7 * _DAY,
    30 * _DAY,
    365 * _DAY,
)


@dataclass(frozen=True, slots=True)
class Range:
    """A range of a column's values, ends included: those of `ledger.index.tables.Record`.

    Attributes:
        least: bytes, seconds, or microseconds since 1970.
        most: the same; None: without a limit.
    """

    least: int
    most: int | None


QUANTITIES = {
    "input_bytes": ("input_bytes_min", "input_bytes_max"),
    "runtime_seconds": ("runtime_min", "runtime_max"),
    "started_at": ("started_from", "started_to"),
}
"""Columns that are counted in ranges, with the filters that bound them."""


def ranges(column: str, least: float | None, most: float | None) -> list[Range]:
    """The ranges of a column whose least and greatest values are known; none without values."""
    if least is None or most is None:
        return []
    if column == "input_bytes":
        return _within(_whole(BYTES), least, most)
    if column == "runtime_seconds":
        return _within(_touching(SECONDS), least, most)
    return _within(_whole(_calendar(int(least), int(most))), least, most)


def _whole(edges: Sequence[int]) -> list[Range]:
    """Ranges of whole numbers: none is in two of them."""
    ends: list[int | None] = [edge - 1 for edge in edges[1:]]
    return [Range(least, most) for least, most in zip(edges, [*ends, None], strict=True)]


def _touching(edges: Sequence[int]) -> list[Range]:
    """Ranges that share their ends: between 9.99 s and 10 s there is always another runtime."""
    return [Range(least, most) for least, most in zip(edges, [*edges[1:], None], strict=True)]


def _within(found: Sequence[Range], least: float, most: float) -> list[Range]:
    return [
        each for each in found if each.least <= most and (each.most is None or each.most >= least)
    ]


def _calendar(least: int, most: int) -> list[int]:
    """Beginnings of days, of months or of years, from the first to the one after the last."""
    first, last = from_microseconds(least), from_microseconds(most)
    if last - first <= timedelta(days=_MOST_DAYS):
        step = _next_day
        at = datetime(first.year, first.month, first.day, tzinfo=UTC)
    elif (last.year - first.year) * 12 + last.month - first.month <= _MOST_MONTHS:
        step = _next_month
        at = datetime(first.year, first.month, 1, tzinfo=UTC)
    elif last.year - first.year <= _MOST_YEARS:
        step = _next_year
        at = datetime(first.year, 1, 1, tzinfo=UTC)
    else:  # a clock that was never set, or somebody's joke
        step = _next_century
        at = datetime(max(1, first.year // 100 * 100), 1, 1, tzinfo=UTC)
    edges = [at]
    while edges[-1] <= last and edges[-1].year < _LAST_CENTURY:
        edges.append(step(edges[-1]))
    return [to_microseconds(edge) for edge in edges]


def _next_day(at: datetime) -> datetime:
    return at + timedelta(days=1)


def _next_month(at: datetime) -> datetime:
    return at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)


def _next_year(at: datetime) -> datetime:
    return at.replace(year=at.year + 1)


def _next_century(at: datetime) -> datetime:
    return at.replace(year=at.year // 100 * 100 + 100)
