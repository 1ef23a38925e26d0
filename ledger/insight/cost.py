"""What runs cost, and which clusters nobody has a reason to avoid."""

import math
from collections.abc import Iterable
from collections.abc import Mapping

from pydantic import Field

from ledger.errors import InvalidInputError
from ledger.index.views import View
from ledger.insight.configurations import Repeats

HOUR_SECONDS = 3_600

MOST_TYPES = 100
"""Machine types of one price table."""

HIGHEST = 1_000_000.0
"""US dollars per node-hour: beyond it a price is a slip of the pen."""


class InvalidPriceError(InvalidInputError):
    """A price is no number of US dollars per node-hour."""


class Priced(View):
    """Runs of one configuration with what they cost."""

    repeats: Repeats
    cost_usd: float = Field(
        description="Of the median run: nodes, times hours, times the price of a node-hour."
    )
    on_front: bool = Field(
        description="Whether no other cluster is at once as cheap and as fast, and better in one."
    )


def price_of(text: str) -> float:
    """A price in US dollars per node-hour.

    Raises:
        InvalidPriceError: not a number from 0 to a million.
    """
    try:
        price = float(text.strip().replace(",", "."))
    except ValueError:
        price = math.nan
    if not 0 <= price <= HIGHEST:
        raise InvalidPriceError(
            f"{text[:40]!r} is no price",
            hint="Write US dollars for an hour of one node, e.g. 0.40.",
        )
    return price


def priced(rows: Iterable[Repeats], prices: Mapping[str, float]) -> list[Priced]:
    """The configurations whose machine type has a price, the cheapest first."""
    costs = [
        (_cost(each, prices[name]), each)
        for each in rows
        if (name := each.configuration.machine_type) is not None and name in prices
    ]
    costs.sort(key=lambda found: (found[0], found[1].runtime.median))
    front = pareto([(cost, each.runtime.median) for cost, each in costs])
    return [
        Priced(repeats=each, cost_usd=cost, on_front=on_front)
        for (cost, each), on_front in zip(costs, front, strict=True)
    ]


def _cost(each: Repeats, price: float) -> float:
    return each.configuration.nodes * price * (each.runtime.median / HOUR_SECONDS)


def pareto(points: list[tuple[float, float]]) -> list[bool]:
    """Which points no other dominates: none is at most as great in both and less in one.

    Points that are the same in both dominate each other not.
    """
    front: list[bool] = [False] * len(points)
    least = math.inf
    best: tuple[float, float] | None = None
    for place in sorted(range(len(points)), key=points.__getitem__):
        if points[place][1] < least or points[place] == best:
            front[place] = True
            least, best = points[place][1], points[place]
    return front
