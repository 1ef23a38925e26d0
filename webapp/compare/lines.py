"""The table of a comparison: results first, then what differs, then what is the same."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.index.queries import Queries
from ledger.index.queries.conditions import FACETS
from ledger.index.views import FacetValue
from ledger.insight.compare import Comparison
from ledger.insight.compare import Measured
from ledger.insight.comparison import Ratio
from ledger.insight.questions import counted
from ledger.insight.questions import values
from webapp.compare.sides import Column
from webapp.compare.words import interval
from webapp.compare.words import method
from webapp.compare.words import times
from webapp.format import NONE
from webapp.format import inert
from webapp.format import number
from webapp.format import seconds
from webapp.format import short
from webapp.format import size
from webapp.records.facets import LABELS
from webapp.records.fields import field_groups

SHOWN = 4
"""Values of a group that are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one side says: a value, and what explains it."""

    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One property of all sides."""

    label: str
    cells: Sequence[Cell]

    @property
    def differs(self) -> bool:
        """Whether the sides say different things."""
        return len({cell.value for cell in self.cells}) > 1


def results(found: Comparison) -> list[Line]:
    """How long the runs of each side take, and how they compare."""
    sides = found.sides
    return [
        Line("Median runtime", [_cell(each, "median") for each in sides]),
        Line("Against A", [Cell("baseline"), *(_against(ratio) for ratio in found.ratios[1:])]),
        Line("Runs that count", [_runs(each) for each in sides]),
        Line("Middle half of runs", [_range(each, "lower", "upper") for each in sides]),
        Line("Shortest to longest", [_range(each, "least", "most") for each in sides]),
        Line("Variation over repeats", [_variation(each) for each in sides]),
    ]


def fields(
    queries: Queries, columns: Sequence[Column], found: Comparison, names: Mapping[str, str]
) -> list[Line]:
    """What each side is: the values of its records."""
    facets = [values(queries, counted(column.side.chosen)) for column in columns]
    lines = [
        Line(
            LABELS[name],
            [
                _own(column, name, names)
                if column.is_record
                else _values(each.get(name, ()), names)
                for column, each in zip(columns, facets, strict=True)
            ],
        )
        for name in FACETS
    ]
    lines.append(Line("Input size", [_sizes(each) for each in found.sides]))
    return [*lines, *_details(columns)]


def _details(columns: Sequence[Column]) -> list[Line]:
    """Everything that records say beyond what lists show; none unless every side is a record."""
    told: list[dict[str, tuple[str, str]]] = []
    for column in columns:
        if column.side.record is None:
            return []
        groups = field_groups(column.side.record.record)
        told.append(
            {each.path: (each.label, each.value) for group in groups for each in group.fields}
        )
    shown = {"job.name", "job.framework.name", "job.algorithm", "status", "input.size_bytes"}
    shown |= {f"cluster.{name}" for name in ("machine_type", "provider", "nodes")}
    paths = list(dict.fromkeys(each for one in told for each in one))
    labels = {path: label for one in told for path, (label, _) in one.items()}
    return [
        Line(inert(labels[path]), [Cell(inert(one.get(path, ("", NONE))[1])) for one in told])
        for path in paths
        if path not in shown
    ]


def _own(column: Column, name: str, names: Mapping[str, str]) -> Cell:
    assert column.side.record is not None
    value = getattr(column.side.record.row, name)
    return Cell(NONE if value is None else _named(str(value), names))


def _values(found: Sequence[FacetValue], names: Mapping[str, str]) -> Cell:
    if not found:
        return Cell(NONE)
    if len(found) == 1:
        return Cell(_named(found[0].value, names))
    told = [f"{_named(each.value, names)} ({number(each.count)})" for each in found[:SHOWN]]
    more = len(found) - SHOWN
    return Cell(", ".join(told), f"and {number(more)} more" if more > 0 else "")


def _named(value: str, names: Mapping[str, str]) -> str:
    return names.get(value) or inert(short(value) if value.startswith("0x") else value)


def _sizes(side: Measured) -> Cell:
    if side.input_bytes is None:
        return Cell(NONE)
    least, most = side.input_bytes
    return Cell(size(least) if least == most else f"{size(least)} to {size(most)}")


def _cell(side: Measured, name: str) -> Cell:
    return Cell(NONE if side.runtime is None else seconds(getattr(side.runtime, name)))


def _range(side: Measured, least: str, most: str) -> Cell:
    if side.runtime is None:
        return Cell(NONE)
    return Cell(
        f"{seconds(getattr(side.runtime, least))} to {seconds(getattr(side.runtime, most))}"
    )


def _runs(side: Measured) -> Cell:
    if side.runtime is None:
        return Cell("0", "none succeeded that nobody objects to")
    plural = "" if side.configurations == 1 else "s"
    return Cell(
        number(side.runtime.count), f"of {number(side.configurations)} configuration{plural}"
    )


def _variation(side: Measured) -> Cell:
    if side.variation is None:
        return Cell(NONE, "no configuration ran twice")
    return Cell(f"{100 * side.variation:.1f} %", "coefficient of variation, median over repeats")


def _against(ratio: Ratio | None) -> Cell:
    if ratio is None:
        return Cell(NONE, "no run that counts")
    if ratio.ratio is None:
        return Cell(NONE, method(ratio))
    return Cell(times(ratio.ratio), f"{interval(ratio)}; {method(ratio)}")
