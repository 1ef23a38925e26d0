"""Filters as the list shows them: groups of values with counts, and chips for what is chosen."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.index.bins import QUANTITIES
from ledger.index.views import Bin
from ledger.index.views import FacetValue
from webapp.format import duration
from webapp.format import short
from webapp.format import size
from webapp.records.state import ListState

SHOWN = 6
"""Values of a group that are shown before one asks for more."""

MOST_RANGES = 12
"""The same of ranges, which are read as a whole."""

LABELS = {
    "job": "Job",
    "framework": "Framework",
    "algorithm": "Algorithm",
    "machine_type": "Machine type",
    "provider": "Provider",
    "nodes": "Scale-out (nodes)",
    "outcome": "Outcome",
    "status": "Ledger status",
    "contributor": "Contributor",
    "validator": "Validator",
    "batch": "Batch",
    "input_bytes_min": "Input from",
    "input_bytes_max": "Input to",
    "runtime_min": "Runtime from",
    "runtime_max": "Runtime to",
    "started_from": "Started from",
    "started_to": "Started to",
    "q": "Text",
}
"""Filter → its name, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter.

    Attributes:
        label: the value as it is shown.
        value: the value.
        count: records it would leave.
        chosen: whether it is chosen.
        url: the list with this value chosen, or no longer.
    """

    label: str
    value: str
    count: int
    chosen: bool
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """A filter's values: some at once, the rest on demand."""

    name: str
    label: str
    first: Sequence[Choice]
    more: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter, and the list without it."""

    label: str
    value: str
    url: str


def groups(
    state: ListState, facets: Mapping[str, Sequence[FacetValue]], names: Mapping[str, str]
) -> list[Group]:
    """The filters that have something to choose from."""
    found = []
    for name in (*LABELS, *(name for name in facets if name not in LABELS)):
        choices = [_choice(state, name, value, names) for value in facets.get(name, ())]
        if name == "nodes":
            choices.sort(key=lambda choice: int(choice.value))
        if choices:
            first = [each for place, each in enumerate(choices) if place < SHOWN or each.chosen]
            more = [each for each in choices if each not in first]
            found.append(Group(name, LABELS.get(name, name), first, more))
    return found


def ranges(state: ListState, bins: Mapping[str, Sequence[Bin]]) -> list[Group]:
    """The quantities that have ranges to choose from."""
    found = []
    for column, (least, most) in QUANTITIES.items():
        bounds = [tuple(state.given.get(name, ("",))[0] for name in (least, most))]
        choices = []
        for each in bins.get(column, ()):
            chosen = (each.least, each.most or "") in bounds
            wanted = {least: None, most: None} if chosen else {least: each.least, most: each.most}
            choices.append(
                Choice(
                    label=_range(column, each),
                    value=each.least,
                    count=each.count,
                    chosen=chosen,
                    url=state.bounded(wanted).url(),
                )
            )
        if choices:
            found.append(
                Group(column, _QUANTITY[column], choices[:MOST_RANGES], choices[MOST_RANGES:])
            )
    return found


_QUANTITY = {"runtime_seconds": "Runtime", "input_bytes": "Input size", "started_at": "Started"}

_DAY_SECONDS = 86_400
_MONTH_SECONDS = 32 * _DAY_SECONDS
_YEAR_SECONDS = 367 * _DAY_SECONDS


def _range(column: str, each: Bin) -> str:
    """A range as people say it."""
    if column == "started_at":
        return _period(datetime.fromisoformat(each.least), each.most)
    if column == "input_bytes":
        least, most = int(each.least), None if each.most is None else int(each.most) + 1
        shown = size
    else:
        least, most = int(each.least), None if each.most is None else int(each.most)
        shown = duration
    if most is None:
        return f"{shown(least)} and more"
    return f"{shown(least)} to {shown(most)}" if least else f"up to {shown(most)}"


def _period(begins: datetime, most: str | None) -> str:
    if most is None:
        return f"since {begins.year}"
    seconds = (datetime.fromisoformat(most) - begins).total_seconds()
    if seconds <= _DAY_SECONDS:
        return f"{begins:%Y-%m-%d}"
    if seconds <= _MONTH_SECONDS:
        return f"{begins:%B} {begins.year}"
    if seconds <= _YEAR_SECONDS:
        return str(begins.year)
    return f"{begins.year} to {datetime.fromisoformat(most).year}"


def chips(state: ListState, names: Mapping[str, str]) -> list[Chip]:
    """What is chosen."""
    return [
        Chip(LABELS[name], _label(value, names), state.toggled(name, value).url())
        for name, value in state.filter_pairs()
    ]


def _choice(state: ListState, name: str, value: FacetValue, names: Mapping[str, str]) -> Choice:
    return Choice(
        label=_label(value.value, names),
        value=value.value,
        count=value.count,
        chosen=value.value in state.given.get(name, ()),
        url=state.toggled(name, value.value).url(),
    )


def _label(value: str, names: Mapping[str, str]) -> str:
    if value in names:
        return names[value]
    return short(value) if value.startswith("0x") else value
