"""The chart of a list: each record as a point, or medians and bands where there are many."""

from collections.abc import Mapping
from typing import cast

from flask import url_for

from ledger.index.queries import Queries
from ledger.insight.questions import along
from ledger.insight.questions import several
from webapp.bands import Axis as BandAxis
from webapp.bands import band_chart
from webapp.charts import Chart
from webapp.records.charts import POINTS
from webapp.records.charts import runtime_chart
from webapp.records.state import Axis
from webapp.records.state import ListState


def axis_of(queries: Queries, state: ListState) -> Axis:
    """What runtimes are drawn against: what the address says, or what tells the records apart.

    The scale-out, unless it is the same everywhere and the input size is not.
    """
    if state.axis is not None:
        return state.axis
    varies = several(queries, state.chosen, "nodes")
    sizes = queries.bins(state.chosen).get("input_bytes", [])
    return "nodes" if varies or not sizes else "input_bytes"


def drawn(queries: Queries, state: ListState, axis: Axis) -> Chart | None:
    """The runtimes of all records that pass; None where none says where it is on the axis."""
    total = queries.count(state.chosen)
    if total <= POINTS:
        rows = queries.records(state.chosen, limit=POINTS).rows
        return runtime_chart(rows, total, axis)
    by = "job" if several(queries, state.chosen, "job") else "machine_type"
    groups, place = along(queries, state.chosen, by, axis)
    return band_chart(
        groups,
        cast("BandAxis", place),
        by=by.replace("_", " "),
        total=total,
        note=_mixed(queries, state, axis),
        link=lambda series, bounds: _records(state, {by: series, **bounds}),
    )


def _records(state: ListState, narrower: Mapping[str, str]) -> str:
    """The list, with some of its filters replaced."""
    given = {**state.given, **{name: (value,) for name, value in narrower.items()}}
    return url_for("records.listing", **{name: list(given[name]) for name in given})  # type: ignore[arg-type]


def _mixed(queries: Queries, state: ListState, axis: Axis) -> str:
    """That a band holds what the axis does not tell apart."""
    if axis == "nodes":
        return "Inputs and parameters differ unless the filters fix them."
    more = several(queries, state.chosen, "nodes")
    return "Scale-outs differ unless the filters fix them." if more else ""
