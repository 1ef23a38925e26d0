"""How many records each value of a filter would leave."""

from sqlalchemy import ColumnElement
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.filters import Filter
from ledger.index.queries.conditions import FACETS
from ledger.index.queries.conditions import Shown
from ledger.index.queries.conditions import conditions
from ledger.index.views import FacetValue

MAX_VALUES = 100
"""Values of one facet; the most frequent are shown."""


def facet(connection: Connection, chosen: Filter, name: str, there: Shown) -> list[FacetValue]:
    """The values of one field under the filters of the others, the most frequent first.

    A value that is chosen is among them even where it leaves nothing.
    """
    column = FACETS[name]
    number = func.count()
    passing = conditions(chosen.without(name), there)
    query = (
        select(column, number)
        .where(passing, column.is_not(None))
        .group_by(column)
        .order_by(number.desc(), column)
        .limit(MAX_VALUES)
    )
    found = {str(value): total for value, total in connection.execute(query)}
    for value in getattr(chosen, name):
        found.setdefault(str(value), _count(connection, passing, name, value))
    return [FacetValue(value=value, count=total) for value, total in found.items()]


def _count(connection: Connection, passing: ColumnElement[bool], name: str, value: object) -> int:
    query = select(func.count()).where(passing, FACETS[name] == value)
    return connection.execute(query).scalar_one()
