"""What counts and orders records: the database itself, or columns of it in memory."""

from collections.abc import Iterator
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

from sqlalchemy import case
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.bins import Range
from ledger.index.bins import ranges
from ledger.index.filters import Filter
from ledger.index.queries import runtimes
from ledger.index.queries.conditions import FACETS
from ledger.index.queries.conditions import Shown
from ledger.index.queries.conditions import conditions
from ledger.index.queries.listing import Place
from ledger.index.queries.paging import Order
from ledger.index.queries.runtimes import Group
from ledger.index.queries.runtimes import Started
from ledger.index.tables import COMPLETE
from ledger.index.tables import Attestation
from ledger.index.tables import Record

if TYPE_CHECKING:
    from ledger.index.queries.columns.dictionaries import Dictionaries
    from ledger.index.queries.columns.runs import Runs

Counts = list[tuple[Any, int]]
"""Values with the number of records that have them, the most frequent first, then by value."""

Pairs = dict[tuple[Any, Any], int]
"""Values of two fields with the number of records that have both."""


class RecordSource(Protocol):
    """Counts and orders the records that a reader may see, as of one revision."""

    def count(self, chosen: Filter) -> int:
        """How many records pass a filter."""

    def values(self, chosen: Filter, field: str, limit: int | None = None) -> Counts:
        """The values of a field of `FACETS`, with how many records that pass have each."""

    def pairs(self, chosen: Filter, first: str, second: str) -> Pairs:
        """How many records that pass have each two values of two fields of `FACETS`."""

    def attested(self, chosen: Filter) -> Counts:
        """Validators, with how many records that pass are in batches they have attested."""

    def binned(self, chosen: Filter, column: str) -> list[tuple[Range, int]]:
        """The ranges of a column of `QUANTITIES`, with how many records that pass are in each."""

    def runtimes(self, chosen: Filter, fields: Sequence[str]) -> Iterator[Group]:
        """The records that pass, in groups with the same values of fields of `GROUPED`."""

    def runs(self, chosen: Filter) -> "Runs":
        """The records that pass, by configuration."""

    def started(self, chosen: Filter) -> Started:
        """Starts and runtimes of the records that pass and say when they started."""

    def keys(self, chosen: Filter, place: Place) -> list[int]:
        """Keys of the records of a page, and of one more; nearest to its cursor first."""


class DatabaseSource:
    """Asks the database.

    Args:
        connection: a read transaction.
        there: which claims to records there are for the reader.
    """

    def __init__(self, connection: Connection, there: Shown) -> None:
        self._connection = connection
        self._there = there
        self._dictionaries: Dictionaries | None = None

    def count(self, chosen: Filter) -> int:
        """See `RecordSource`."""
        query = select(func.count()).select_from(Record).where(self._passing(chosen))
        return self._connection.execute(query).scalar_one()

    def values(self, chosen: Filter, field: str, limit: int | None = None) -> Counts:
        """See `RecordSource`."""
        column, number = FACETS[field], func.count()
        query = (
            select(column, number)
            .where(self._passing(chosen), column.is_not(None))
            .group_by(column)
            .order_by(number.desc(), column)
            .limit(limit)
        )
        return [(value, count) for value, count in self._connection.execute(query)]

    def pairs(self, chosen: Filter, first: str, second: str) -> Pairs:
        """See `RecordSource`."""
        columns = (FACETS[first], FACETS[second])
        query = (
            select(*columns, func.count())
            .where(self._passing(chosen), *(column.is_not(None) for column in columns))
            .group_by(*columns)
        )
        return {(one, other): count for one, other, count in self._connection.execute(query)}

    def attested(self, chosen: Filter) -> Counts:
        """See `RecordSource`."""
        number = func.count()
        query = (
            select(Attestation.validator, number)
            .join(Record, Record.batch == Attestation.batch)
            .where(self._passing(chosen), Attestation.standing, Attestation.state == COMPLETE)
            .group_by(Attestation.validator)
            .order_by(number.desc(), Attestation.validator)
        )
        return [(value, count) for value, count in self._connection.execute(query)]

    def binned(self, chosen: Filter, column: str) -> list[tuple[Range, int]]:
        """See `RecordSource`."""
        values = Record.__table__.c[column]
        passing = self._passing(chosen)
        extremes = select(func.min(values), func.max(values)).where(passing)
        found = ranges(column, *self._connection.execute(extremes).one())
        if not found:
            return []
        sums = [func.sum(case((_within(values, each), 1), else_=0)) for each in found]
        counts: Sequence[int] = self._connection.execute(select(*sums).where(passing)).one()
        return [(each, int(count)) for each, count in zip(found, counts, strict=True) if count]

    def runtimes(self, chosen: Filter, fields: Sequence[str]) -> Iterator[Group]:
        """See `RecordSource`."""
        return runtimes.grouped(self._connection, self._passing(chosen), fields)

    def runs(self, chosen: Filter) -> "Runs":
        """See `RecordSource`."""
        from ledger.index.queries.columns.dictionaries import Dictionaries  # numpy is slow to
        from ledger.index.queries.columns.loading import load  # import, and not needed by most
        from ledger.index.queries.columns.runs import Runs

        if self._dictionaries is None:
            self._dictionaries = Dictionaries.empty()
        table = load(self._connection, self._dictionaries, self._passing(chosen))
        return Runs.of(table, self._dictionaries, None)

    def started(self, chosen: Filter) -> Started:
        """See `RecordSource`."""
        return runtimes.started(self._connection, self._passing(chosen))

    def keys(self, chosen: Filter, place: Place) -> list[int]:
        """See `RecordSource`."""
        column = None if place.sort.value not in Record.__table__.c else place.sort.value
        sorted_by = None if column is None else Record.__table__.c[column]
        order = Order(sorted_by, Record.id, place.descending)
        query = (
            select(Record.id)
            .where(self._passing(chosen))
            .order_by(*order.clauses(backwards=place.backwards))
            .limit(place.limit + 1)
        )
        if place.cursor is not None:
            query = query.where(order.beyond(place.cursor, backwards=place.backwards))
        return list(self._connection.execute(query).scalars())

    def _passing(self, chosen: Filter) -> Any:
        return conditions(chosen, self._there)


def _within(column: Any, bounds: Range) -> Any:
    if bounds.most is None:
        return column >= bounds.least
    return column.between(bounds.least, bounds.most)
