"""Filters as the API's parameters say them."""

from decimal import Decimal
from typing import Any

from ledger.index.filters import Filter


def parameters(chosen: Filter) -> dict[str, str | list[str]]:
    """The parameters of a filter; what is at its default is left out."""
    given = chosen.model_dump(mode="json", exclude_defaults=True)
    return {name: _text(value) for name, value in given.items()}


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(each) for each in value]
    return f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)
