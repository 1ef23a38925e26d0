"""What an address wants compared: each ``of`` is a CID, or a filter as lists have it."""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from urllib.parse import parse_qs
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from ledger.index.filters import Filter
from ledger.index.filters import parse
from ledger.index.queries import Queries
from ledger.insight.compare import MOST
from ledger.insight.compare import InvalidComparisonError
from ledger.insight.compare import Side
from ledger.insight.compare import configuration_of
from webapp.format import TIMES
from webapp.format import duration
from webapp.format import inert
from webapp.format import short
from webapp.format import size
from webapp.records.state import parse_filter

OF = "of"

MAX_CHARACTERS = 4_000
"""Of one side; a filter of a hundred values is an address of its own kind."""

LETTERS = "ABCDEF"

_QUANTITIES = {
    "input_bytes_min": ("input from", size),
    "input_bytes_max": ("input to", size),
    "runtime_min": ("from", duration),
    "runtime_max": ("to", duration),
}

Given = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Column:
    """One side as a page shows it.

    Attributes:
        letter: its name in sentences and charts, where labels are long.
        param: what the address says of it.
        label: what sets it apart, in few words.
        url: the record, or the list of the group.
        side: what it stands for.
    """

    letter: str
    param: str
    label: str
    url: str
    side: Side

    @property
    def is_record(self) -> bool:
        """Whether it is a single record, beside its repeats."""
        return self.side.record is not None


def columns_of(queries: Queries, params: Sequence[str]) -> list[Column]:
    """The sides that an address names, in its order, each once.

    Raises:
        InvalidComparisonError: there are too many, or one is too long.
        InvalidInputError: one is neither a CID nor a filter.
        NotFoundError: a record is not known here.
    """
    wanted = list(dict.fromkeys(param.strip() for param in params if param.strip()))
    if len(wanted) > MOST:
        raise InvalidComparisonError(
            f"{len(wanted)} things are too many to compare", hint=f"Choose at most {MOST}."
        )
    given = [_given(param) for param in wanted]
    common = _common([each for each in given if each is not None])
    columns = [
        _record(queries, letter, param) if values is None else _group(letter, param, values, common)
        for letter, param, values in zip(LETTERS, wanted, given, strict=False)
    ]
    labels = Counter(column.label for column in columns)
    return [_told_apart(column) if labels[column.label] > 1 else column for column in columns]


def context(columns: Sequence[Column]) -> str:
    """What all sides are, where they are groups that were asked for something alike."""
    given = [_given(column.param) for column in columns]
    if None in given:
        return ""
    common = dict(_common([each for each in given if each is not None]))
    first = columns[0].side.chosen
    return inert(", ".join(_said(name, first, values) for name, values in common.items()))


def param_of(given: Given) -> str:
    """What an address says of a group."""
    return urlencode({name: list(values) for name, values in given.items()}, doseq=True)


def address(params: Sequence[str]) -> str:
    """The page that compares some sides."""
    return url_for("compare.show", **{OF: list(params)})  # type: ignore[arg-type]


def compare_url(groups: Sequence[Mapping[str, str]]) -> str:
    """The page that compares groups, each of which is one value for each of some filters."""
    return address([param_of({name: (each[name],) for name in each}) for each in groups])


def _given(param: str) -> dict[str, list[str]] | None:
    """A filter as it is written; None: the side is a record."""
    if len(param) > MAX_CHARACTERS:
        raise InvalidComparisonError(
            f"{param[:40]!r}… is too long", hint="Choose fewer values for a group."
        )
    if "=" not in param:
        return None
    found = parse_qs(param, keep_blank_values=False)
    unknown = sorted(set(found) - set(Filter.model_fields))
    if unknown:
        raise InvalidComparisonError(
            f"there is no filter {unknown[0][:40]!r}",
            hint="A group is a filter such as job=sort&nodes=4, of "
            f"{', '.join(Filter.model_fields)}.",
        )
    return found


def _common(given: Sequence[Given]) -> frozenset[tuple[str, tuple[str, ...]]]:
    """What every group asks for alike; nothing where there is but one."""
    items = [frozenset((name, tuple(values)) for name, values in each.items()) for each in given]
    return frozenset.intersection(*items) if len(items) > 1 else frozenset()


def _record(queries: Queries, letter: str, param: str) -> Column:
    detail = queries.record(param)
    row = detail.row
    where = f"{row.nodes} {TIMES} {row.machine_type}" if row.machine_type else f"{row.nodes} nodes"
    parts = [row.job, where, *([] if row.input_bytes is None else [size(row.input_bytes)])]
    chosen = parse(configuration_of(detail).query())
    url = url_for("records.detail", cid=row.cid)
    return Column(letter, row.cid, inert(", ".join(parts)), url, Side(chosen, detail))


def _told_apart(column: Column) -> Column:
    """With its CID in the label, where another side has the same."""
    if column.side.record is None:
        return column
    return replace(column, label=f"{column.label}, {short(column.param)}")


def _group(
    letter: str, param: str, given: Given, common: frozenset[tuple[str, tuple[str, ...]]]
) -> Column:
    _, chosen = parse_filter(MultiDict((name, each) for name in given for each in given[name]))
    telling = {
        name: values for name, values in given.items() if (name, tuple(values)) not in common
    }
    label = ", ".join(_said(name, chosen, values) for name, values in (telling or given).items())
    url = url_for("records.listing", **given)  # type: ignore[arg-type]
    return Column(letter, param, inert(label), url, Side(chosen))


def _said(name: str, chosen: Filter, values: Sequence[str]) -> str:
    if name in _QUANTITIES:
        prefix, written = _QUANTITIES[name]
        return f"{prefix} {written(getattr(chosen, name))}"
    if name == "nodes":
        return " or ".join(values) + (" node" if values[0] == "1" else " nodes")
    return " or ".join(short(value) if value.startswith("0x") else value for value in values)
