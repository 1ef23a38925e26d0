"""How many records each value of a filter would leave."""

from ledger.index.bins import QUANTITIES
from ledger.index.filters import Filter
from ledger.index.queries.conditions import FACETS
from ledger.index.queries.source import Counts
from ledger.index.queries.source import RecordSource
from ledger.index.rows import from_microseconds
from ledger.index.views import Bin
from ledger.index.views import FacetValue

MAX_VALUES = 100
"""Values of one facet; the most frequent are shown."""

VALIDATOR = "validator"


def facets(source: RecordSource, chosen: Filter) -> dict[str, list[FacetValue]]:
    """For each field that can be chosen from: its values, and what each would leave."""
    found = {name: facet(source, chosen, name) for name in FACETS}
    said = source.attested(chosen.without(VALIDATOR))
    return {**found, VALIDATOR: _with_chosen(said[:MAX_VALUES], said, chosen, VALIDATOR)}


def facet(source: RecordSource, chosen: Filter, name: str) -> list[FacetValue]:
    """The values of one field under the filters of the others, the most frequent first.

    A value that is chosen is among them even where it leaves nothing.
    """
    others = chosen.without(name)
    first = source.values(others, name, MAX_VALUES)
    rest = {value for value, _ in first}
    if all(value in rest for value in getattr(chosen, name)):
        return _with_chosen(first, first, chosen, name)
    return _with_chosen(first, source.values(others, name), chosen, name)


def bins(source: RecordSource, chosen: Filter) -> dict[str, list[Bin]]:
    """For each quantity: its ranges under the filters of the others, with what each would leave."""
    return {
        column: [
            Bin(least=_bound(column, each.least), most=_bound(column, each.most), count=count)
            for each, count in source.binned(chosen.without(least).without(most), column)
        ]
        for column, (least, most) in QUANTITIES.items()
    }


def _with_chosen(first: Counts, every: Counts, chosen: Filter, name: str) -> list[FacetValue]:
    found = {str(value): count for value, count in first}
    known = {str(value): count for value, count in every}
    for value in getattr(chosen, name):
        found.setdefault(str(value), known.get(str(value), 0))
    return [FacetValue(value=value, count=count) for value, count in found.items()]


def _bound(column: str, value: int | None) -> str | None:
    """As the filter takes it."""
    if value is None:
        return None
    return from_microseconds(value).isoformat() if column == "started_at" else str(value)
