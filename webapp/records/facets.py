"""Filters as the list shows them: groups of values with counts, and chips for what is chosen."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.index.views import FacetValue
from webapp.format import short
from webapp.records.state import ListState

SHOWN = 6
"""Values of a group that are shown before one asks for more."""

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
