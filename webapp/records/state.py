"""The state of the list of records: all of it is in the address."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Literal

from flask import url_for
from werkzeug.datastructures import MultiDict

from ledger.capture.quantities import base_units
from ledger.capture.units import Dimension
from ledger.index import filters
from ledger.index.filters import Filter
from ledger.index.queries import Sort
from ledger.index.queries.listing import sort_of
from webapp.paging import DEFAULT_LIMIT
from webapp.paging import limit_of

LIMITS = (25, 50, 100, 250)

Axis = Literal["nodes", "input_bytes"]

_AXES: Mapping[str, Axis] = {"nodes": "nodes", "input_bytes": "input_bytes"}

QUANTITIES = {
    "input_bytes_min": Dimension.BYTES,
    "input_bytes_max": Dimension.BYTES,
    "runtime_min": Dimension.SECONDS,
    "runtime_max": Dimension.SECONDS,
}

COLUMNS = {
    Sort.JOB: ("Job", False),
    Sort.FRAMEWORK: ("Framework", False),
    Sort.ALGORITHM: ("Algorithm", False),
    Sort.MACHINE_TYPE: ("Machine type", False),
    Sort.PROVIDER: ("Provider", False),
    Sort.NODES: ("Nodes", True),
    Sort.INPUT_BYTES: ("Input", True),
    Sort.RUNTIME_SECONDS: ("Runtime", True),
    Sort.OUTCOME: ("Outcome", False),
    Sort.STATUS: ("Ledger status", False),
    Sort.CONTRIBUTOR: ("Contributor", False),
    Sort.STARTED_AT: ("Started (UTC)", False),
}
"""Columns of the list: what each is sorted by, its heading, and whether it holds numbers."""

_LEFT_OUT = {Sort.FRAMEWORK, Sort.ALGORITHM, Sort.PROVIDER}

DEFAULT_COLUMNS = tuple(column for column in COLUMNS if column not in _LEFT_OUT)

Values = tuple[str, ...]
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class ListState:
    """What a list shows.

    Attributes:
        given: the filter's parameters as the reader wrote them.
        chosen: the filter they make.
        sort: what the list is sorted by.
        descending: whether the greatest comes first.
        after: the place the page follows.
        before: the place the page precedes.
        limit: rows of a page.
        axis: what the chart draws runtimes against; None: what tells the records apart.
        columns: those that are shown.
    """

    given: Mapping[str, Values]
    chosen: Filter = field(default_factory=Filter)
    sort: Sort = Sort.ADDED
    descending: bool = True
    after: str | None = None
    before: str | None = None
    limit: int = DEFAULT_LIMIT
    axis: Axis | None = None
    columns: tuple[Sort, ...] = DEFAULT_COLUMNS

    def pairs(self) -> Pairs:
        """The parameters of the address; what is at its default is left out."""
        found = self.filter_pairs()
        if self.sort is not Sort.ADDED:
            found.append(("sort", self.sort.value))
        if not self.descending:
            found.append(("order", "asc"))
        if self.limit != DEFAULT_LIMIT:
            found.append(("limit", str(self.limit)))
        if self.axis is not None:
            found.append(("x", self.axis))
        if self.columns != DEFAULT_COLUMNS:
            found += [("column", column.value) for column in self.columns]
        places = (("after", self.after), ("before", self.before))
        return found + [(name, place) for name, place in places if place]

    def filter_pairs(self) -> Pairs:
        """The parameters that make the filter, in an order that depends on nothing else."""
        return [(name, value) for name in Filter.model_fields for value in self.given.get(name, ())]

    def url(self, endpoint: str = "records.listing") -> str:
        """The address of this state."""
        return _address(endpoint, self.pairs())

    def split_url(self, name: str) -> str:
        """The page that compares the values of one filter, under the others."""
        return _address("compare.split", self.filter_pairs(), by=name)

    def export_url(self, form: str) -> str:
        """The address of everything that passes the filter, as a file."""
        return _address("records.export", self.filter_pairs(), form=form)

    def toggled(self, name: str, value: str) -> "ListState":
        """With a value of a filter chosen if it is not, and not if it is."""
        present = self.given.get(name, ())
        values = tuple(each for each in present if each != value)
        return self._with({name: values if value in present else (*present, value)})

    def bounded(self, bounds: Mapping[str, str | None]) -> "ListState":
        """With other bounds of a quantity, by name; None takes one away."""
        return self._with({name: (value,) if value else () for name, value in bounds.items()})

    def without(self, name: str) -> "ListState":
        """Without a filter."""
        return self._with({name: ()})

    def cleared(self) -> "ListState":
        """Without any filter."""
        return self._with(dict.fromkeys(self.given, ()))

    def sorted_by(self, sort: Sort) -> "ListState":
        """Sorted by something else, or the other way round."""
        descending = not self.descending if sort is self.sort else sort is Sort.ADDED
        return replace(self, sort=sort, descending=descending, after=None, before=None)

    def at(self, *, after: str | None = None, before: str | None = None) -> "ListState":
        """At another page."""
        return replace(self, after=after, before=before)

    def against(self, axis: Axis) -> "ListState":
        """With another horizontal axis."""
        return replace(self, axis=axis)

    def _with(self, changes: Mapping[str, Values]) -> "ListState":
        given = {name: values for name, values in {**self.given, **changes}.items() if values}
        return replace(self, given=given, after=None, before=None)


def parse(query: "MultiDict[str, str]") -> ListState:
    """The state that an address asks for.

    Raises:
        InvalidInputError: naming the parameter that is wrong.
    """
    given, chosen = parse_filter(query)
    return ListState(
        given=given,
        chosen=chosen,
        sort=sort_of(query.get("sort") or Sort.ADDED),
        descending=query.get("order") != "asc",
        after=query.get("after") or None,
        before=query.get("before") or None,
        limit=limit_of(query, LIMITS[-1]),
        axis=_AXES.get(query.get("x", "")),
        columns=_columns(query.getlist("column")),
    )


def _columns(names: Sequence[str]) -> tuple[Sort, ...]:
    """Those that are asked for, in the order of the list; a list without columns shows nothing."""
    return tuple(column for column in COLUMNS if column.value in names) or DEFAULT_COLUMNS


def parse_filter(query: "MultiDict[str, str]") -> tuple[dict[str, Values], Filter]:
    """The filter in an address: as it was written, and as it is meant.

    Raises:
        InvalidInputError: naming the parameter that is wrong.
    """
    given: dict[str, Values] = {}
    for name in Filter.model_fields:
        values = tuple(dict.fromkeys(value.strip() for value in query.getlist(name)))
        if present := tuple(value for value in values if value):
            given[name] = present
    return given, filters.parse({name: _meant(name, values) for name, values in given.items()})


def _meant(name: str, values: Values) -> Sequence[str]:
    dimension = QUANTITIES.get(name)
    return values if dimension is None else [base_units(value, dimension) for value in values]


def _address(endpoint: str, pairs: Pairs, **fixed: str) -> str:
    query: dict[str, list[str]] = {}
    for name, value in pairs:
        query.setdefault(name, []).append(value)
    return url_for(endpoint, **fixed, **query)  # type: ignore[arg-type]
