"""Runtimes of any number of records: medians with the middle half as a band."""

from collections import defaultdict
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Literal

from ledger.index.bins import FINE_BYTES
from ledger.insight.questions import Grouped
from ledger.insight.spread import Quartiles
from webapp.charts import MAX_SERIES
from webapp.charts import Chart
from webapp.charts import layout
from webapp.charts import linked
from webapp.charts import shown
from webapp.format import number
from webapp.format import plural
from webapp.format import seconds
from webapp.format import size

Axis = Literal["nodes", "input_bytes", "input_range"]

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")

_UNITS = {10**12: "TB", 10**9: "GB", 10**6: "MB", 1: "B"}

_MOST_PLACES = 200
"""Places along the axis; more are not told apart, and a stranger can make any number."""

Link = Callable[[str, Mapping[str, str]], str]

Along = dict[int, Quartiles]
Series = dict[str, Along]


def band_chart(
    groups: Sequence[Grouped],
    axis: Axis,
    *,
    by: str,
    total: int | None = None,
    name: str = "runtime",
    title: str = "",
    note: str = "",
    link: Link | None = None,
) -> Chart | None:
    """Medians along an axis with a band from the first to the third quartile, by series.

    Args:
        groups: runtimes by (series, place on the axis).
        axis: what the places are.
        by: what the series are, in words.
        total: how many runs there are; None: as many as are in the groups.
        name: of the chart, within its page.
        title: of the chart; empty: what is drawn.
        note: what else a reader has to know.
        link: the records of a series and of filters that say where on the axis; None: no links.
    """
    placed = [group for group in groups if group.key[1] is not None]
    if not placed:
        return None
    series = _series(placed, by)
    unit = _unit(placed, axis)
    data = [
        trace
        for place, (label, spreads) in enumerate(series.items())
        for trace in _traces(place, label, spreads, unit, _links(label, spreads, axis, link, by))
    ]
    against = "scale-out" if axis == "nodes" else "input size"
    runs = sum(group.runtime.count for group in groups)
    missing = runs - sum(group.runtime.count for group in placed)
    drawn = sum(_runs(spreads) for spreads in series.values())
    rarer = (runs if total is None else total) - missing - drawn
    ranged = "Inputs are drawn where ranges of sizes begin, each about 1.5 times the one before."
    notes = [note, ranged if axis == "input_range" else ""]
    verb = "counts" if drawn == 1 else "count"
    notes += [f"{plural(drawn, 'run')} {verb}: lines are medians, bands the middle half."]
    if missing:
        notes.append(f"{number(missing)} without {against} are left out.")
    if rarer > 0:
        notes.append(f"{number(rarer)} of rarer {by}s or places are left out.")
    return Chart(
        name=name,
        title=title or f"Runtime against {against}",
        summary=f"Median runtime in seconds of {plural(drawn, 'run')} against {against}, by {by}; "
        "bands reach from the first to the third quartile. The table has the same.",
        figure={
            "data": data,
            "layout": layout(x=_title(axis, unit), y="runtime (s)", height=360, showlegend=True),
        },
        columns=(
            by.capitalize(),
            "Nodes" if axis == "nodes" else "Input size",
            "Runs",
            "Median",
            "First quartile",
            "Third quartile",
        ),
        rows=[
            _row(label, at, spread, axis)
            for label in series
            for at, spread in series[label].items()
        ],
        note=" ".join(each for each in notes if each),
    )


def _series(groups: Sequence[Grouped], by: str) -> Series:
    """The series with the most runs, each in order along the axis."""
    found: Series = defaultdict(dict)
    for group in groups:
        spreads = found[str(group.key[0]) if group.key[0] is not None else _unknown(by)]
        if len(spreads) < _MOST_PLACES:
            spreads[int(group.key[1])] = group.runtime
    ranked = sorted(found.items(), key=lambda item: (-_runs(item[1]), item[0]))
    return {label: dict(sorted(spreads.items())) for label, spreads in ranked[:MAX_SERIES]}


def _runs(spreads: Along) -> int:
    return sum(spread.count for spread in spreads.values())


def _unit(groups: Sequence[Grouped], axis: Axis) -> int:
    most = max(int(group.key[1]) for group in groups)
    return 1 if axis == "nodes" else next((unit for unit in _UNITS if most >= unit), 1)


def _links(label: str, spreads: Along, axis: Axis, link: Link | None, by: str) -> list[str | None]:
    if link is None or label == _unknown(by):
        return [None] * len(spreads)
    return [link(label, _bounds(axis, at)) for at in spreads]


def _bounds(axis: Axis, at: int) -> dict[str, str]:
    """The filter, as parameters of an address, that passes what is at a place."""
    if axis == "nodes":
        return {"nodes": str(at)}
    most = at if axis == "input_bytes" else next((edge for edge in FINE_BYTES if edge > at), 0) - 1
    found = {"input_bytes_min": str(at), "input_bytes_max": str(most)}
    return found if most >= at else {"input_bytes_min": str(at)}


def _unknown(by: str) -> str:
    return f"unknown {by}"


def _title(axis: Axis, unit: int) -> str:
    return "scale-out (nodes)" if axis == "nodes" else f"input size ({_UNITS[unit]})"


def _traces(
    place: int, label: str, spreads: Along, unit: int, links: Sequence[str | None]
) -> list[dict[str, Any]]:
    at = [each / unit for each in spreads]
    runtimes = list(spreads.values())
    colour = f"@series-{place + 1}"
    band = {
        "type": "scatter",
        "mode": "lines",
        "legendgroup": label,
        "name": f"{shown(label)} (middle half)",
        "showlegend": False,
        "x": [*at, *reversed(at)],
        "y": [*(each.upper for each in runtimes), *(each.lower for each in reversed(runtimes))],
        "fill": "toself",
        "fillcolor": colour,
        "opacity": 0.16,
        "line": {"width": 0, "color": colour},
        "hoverinfo": "skip",
    }
    medians = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": shown(label),
        "legendgroup": label,
        "x": at,
        "y": [each.median for each in runtimes],
        **linked(links),
        "customdata": [[each.count, each.lower, each.upper] for each in runtimes],
        "line": {"color": colour, "width": 2, "dash": DASHES[place]},
        "marker": {"color": colour, "size": 8, "symbol": SYMBOLS[place]},
        "hovertemplate": f"{shown(label)}<br>%{{y:,.1f}} s median of %{{customdata[0]:,}} "
        "runs<br>middle half %{customdata[1]:,.1f} to %{customdata[2]:,.1f} s<extra></extra>",
    }
    return [band, medians]


def _row(label: str, at: int, spread: Quartiles, axis: Axis) -> tuple[str, ...]:
    return (
        label,
        number(at) if axis == "nodes" else size(at),
        number(spread.count),
        seconds(spread.median),
        seconds(spread.lower),
        seconds(spread.upper),
    )
