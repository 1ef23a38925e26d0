"""Sizes and times as people write them: ``10 GB``, ``5 min``, ``340``."""

import re

from ledger.capture.units import UNITS
from ledger.capture.units import Dimension
from ledger.capture.units import to_base
from ledger.errors import InvalidInputError

_QUANTITY = re.compile(r"([0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+]?[0-9]{1,2})?)\s*([A-Za-z]*)")
"""Short enough that a number of it is finite."""

_BARE = {Dimension.BYTES: "B", Dimension.SECONDS: "s"}


class InvalidQuantityError(InvalidInputError):
    """A text is no size or no time."""


def base_units(text: str, dimension: Dimension) -> str:
    """The quantity in bytes or seconds, as a filter takes it. Without a unit it is in those.

    Raises:
        InvalidQuantityError: not a number, or with a unit of something else.
    """
    units = {name.lower(): name for name, (what, _) in UNITS.items() if what is dimension}
    match = _QUANTITY.fullmatch(text.strip())
    unit = units.get((match[2] or _BARE[dimension]).lower()) if match else None
    if match is None or unit is None:
        raise InvalidQuantityError(
            f"{text[:40]!r} is not a quantity of {dimension.value}",
            hint=f"Write a number and one of {', '.join(units.values())}, e.g. "
            + ("10 GB." if dimension is Dimension.BYTES else "5 min."),
        )
    value = to_base(float(match[1]), unit)
    return str(int(value)) if dimension is Dimension.BYTES else repr(value)
