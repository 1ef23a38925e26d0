"""Charts of a comparison: how runtimes are spread, and how they went over time."""

from collections.abc import Sequence
from typing import Any

from ledger.insight.compare import Measured
from webapp.charts import Chart
from webapp.charts import layout
from webapp.charts import plain
from webapp.charts import shown
from webapp.compare.sides import Column
from webapp.format import number
from webapp.format import plural
from webapp.format import seconds

_FEW = 6
"""Periods that are each named on the axis."""

_TOLD = (0, 10, 25, 50, 75, 90, 100)
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")


def distribution_chart(columns: Sequence[Column], sides: Sequence[Measured]) -> Chart | None:
    """The share of runs that took at most so long (the empirical distribution function)."""
    drawn = [
        (place, column, side)
        for place, (column, side) in enumerate(zip(columns, sides, strict=True))
        if side.percentiles
    ]
    if not drawn:
        return None
    data = [
        {
            "type": "scatter",
            "mode": "lines" if len(set(side.percentiles)) > 1 else "lines+markers",
            "name": shown(_name(column)),
            "x": side.percentiles,
            "y": list(range(len(side.percentiles))),
            "line": {"color": f"@series-{place + 1}", "width": 2, "dash": _DASHES[place]},
            "hovertemplate": "%{y} % of runs took at most %{x:,.1f} s<extra>"
            + plain(column.letter)
            + "</extra>",
        }
        for place, column, side in drawn
    ]
    axes = layout(x="runtime (s)", y="share of runs (%)", height=340, showlegend=True)
    return Chart(
        name="distribution",
        title="How runtimes are spread",
        summary="Share of the runs of each side that took at most so many seconds: the further "
        "left a line, the faster its runs; the steeper, the more alike.",
        figure={"data": data, "layout": axes},
        columns=("Side", *(_heading(step) for step in _TOLD)),
        rows=[
            (_name(column), *(seconds(side.percentiles[step]) for step in _TOLD))
            for _, column, side in drawn
        ],
    )


def history_chart(columns: Sequence[Column], sides: Sequence[Measured]) -> Chart | None:
    """Medians of the runs that started in each period, with their middle half."""
    drawn = [
        (place, column, side)
        for place, (column, side) in enumerate(zip(columns, sides, strict=True))
        if side.history
    ]
    if not drawn:
        return None
    data = [_told(place, column, side) for place, column, side in drawn]
    axes = layout(y="median runtime (s)", height=320, showlegend=True)
    axes["xaxis"] = {"type": "date", "title": {"text": "start of the runs (UTC)"}}
    days = sorted({f"{period.begins:%Y-%m-%d}" for _, _, side in drawn for period in side.history})
    if len(days) <= _FEW:  # plotly would divide a day, or a year, into what nobody measured
        axes["xaxis"] |= {"tickvals": days, "tickformat": "%Y-%m-%d"}
    undated = sum(
        (side.runtime.count if side.runtime else 0)
        - sum(period.runtime.count for period in side.history)
        for side in sides
    )
    return Chart(
        name="history",
        title="Over time",
        summary="Median runtime in seconds of the runs that started in each period, by side; bars "
        "reach from the first to the third quartile.",
        figure={"data": data, "layout": axes},
        columns=("Side", "From (UTC)", "Runs", "Median", "First quartile", "Third quartile"),
        rows=[
            (
                _name(column),
                f"{period.begins:%Y-%m-%d}",
                number(period.runtime.count),
                seconds(period.runtime.median),
                seconds(period.runtime.lower),
                seconds(period.runtime.upper),
            )
            for _, column, side in drawn
            for period in side.history
        ],
        note=f"Of {plural(undated, 'run')} it is not known when they started."
        if undated > 0
        else "",
    )


def _told(place: int, column: Column, side: Measured) -> dict[str, Any]:
    runtimes = [period.runtime for period in side.history]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": shown(_name(column)),
        "x": [f"{period.begins:%Y-%m-%d}" for period in side.history],
        "y": [each.median for each in runtimes],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [each.upper - each.median for each in runtimes],
            "arrayminus": [each.median - each.lower for each in runtimes],
            "color": f"@series-{place + 1}",
            "thickness": 1,
        },
        "customdata": [each.count for each in runtimes],
        "line": {"color": f"@series-{place + 1}", "width": 2, "dash": _DASHES[place]},
        "marker": {"color": f"@series-{place + 1}", "size": 8, "symbol": _SYMBOLS[place]},
        "hovertemplate": "%{x}: median %{y:,.1f} s of %{customdata:,} runs<extra>"
        + plain(column.letter)
        + "</extra>",
    }


def _name(column: Column) -> str:
    return f"{column.letter} {column.label}"


def _heading(step: int) -> str:
    names = {0: "Shortest", 50: "Median", 100: "Longest"}
    return names.get(step) or f"{step} % within"
