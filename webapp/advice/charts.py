"""The curve of runtimes over scale-outs: what is foretold, how surely, and the runs under it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import url_for

from ledger.insight.advised import Choice
from ledger.insight.advised import Recommended
from ledger.insight.ran_there import ALIKE
from ledger.insight.ran_there import Point
from webapp.bands import DASHES
from webapp.bands import SYMBOLS
from webapp.charts import MAX_SERIES
from webapp.charts import Chart
from webapp.charts import layout
from webapp.charts import linked
from webapp.charts import shown
from webapp.format import TIMES
from webapp.format import plural
from webapp.format import seconds

DEADLINE = "deadline"
"""Name of the line that the page's script moves."""


def curve(found: Recommended, points: Sequence[Point], what: str) -> Chart:
    """Foretold runtimes of each machine type against the scale-out, with their intervals."""
    series: defaultdict[str, list[Choice]] = defaultdict(list)
    for each in sorted(found.options, key=lambda option: option.nodes):
        series[each.machine_type].append(each)
    best = found.choice or found.likeliest
    names = sorted(series, key=lambda name: (name != best.machine_type, name))[:MAX_SERIES]
    ran: defaultdict[str, list[Point]] = defaultdict(list)
    for point in points:
        ran[point.machine_type].append(point)
    data = [
        trace
        for place, name in enumerate(names)
        for trace in _traces(place, name, series[name], ran[name])
    ]
    figure: dict[str, Any] = {
        "data": data,
        "layout": layout(x="scale-out (nodes)", y="runtime (s)", height=420, showlegend=True),
    }
    if found.deadline_seconds is not None:
        figure["layout"]["shapes"] = [deadline_line(found.deadline_seconds)]
    level = found.options[0].runtime.level
    drawn = sum(len(ran[name]) for name in names)
    note = (
        f"Lines are foretold runtimes, bands hold {level:.0%} of runs; points are "
        f"{plural(drawn, 'run')} of these parameters and this input, give or take {ALIKE:.0%}."
    )
    if len(series) > len(names):
        note += f" {plural(len(series) - len(names), 'machine type')} more are in the table."
    return Chart(
        name="curve",
        title="Runtime against scale-out",
        summary=f"Foretold runtime in seconds of {what} against the number of nodes, on "
        f"{plural(len(names), 'machine type')}, with intervals and the runs that are known. The "
        "table has the same.",
        figure=figure,
        columns=("Cluster", "Foretold", "At least", "At most", "Runs known"),
        rows=[
            (
                f"{each.nodes} {TIMES} {name}",
                seconds(each.runtime.runtime_seconds),
                seconds(each.runtime.lower_seconds),
                seconds(each.runtime.upper_seconds),
                str(sum(point.nodes == each.nodes for point in ran[name])),
            )
            for name in series
            for each in series[name]
        ],
        note=note,
    )


def deadline_line(at: float) -> dict[str, Any]:
    """A deadline in the chart."""
    return {
        "name": DEADLINE,
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": at,
        "y1": at,
        "line": {"color": "@bad", "width": 1.5, "dash": "dash"},
    }


def _traces(
    place: int, name: str, options: Sequence[Choice], points: Sequence[Point]
) -> list[dict[str, Any]]:
    colour = f"@series-{place + 1}"
    at = [each.nodes for each in options]
    runtimes = [each.runtime for each in options]
    band = {
        "type": "scatter",
        "mode": "lines",
        "legendgroup": name,
        "name": f"{shown(name)} (interval)",
        "showlegend": False,
        "x": [*at, *reversed(at)],
        "y": [
            *(each.upper_seconds for each in runtimes),
            *(each.lower_seconds for each in reversed(runtimes)),
        ],
        "fill": "toself",
        "fillcolor": colour,
        "opacity": 0.14,
        "line": {"width": 0, "color": colour},
        "hoverinfo": "skip",
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": shown(name),
        "legendgroup": name,
        "x": at,
        "y": [each.runtime_seconds for each in runtimes],
        "customdata": [[each.lower_seconds, each.upper_seconds] for each in runtimes],
        "line": {"color": colour, "width": 2, "dash": DASHES[place]},
        "hovertemplate": f"%{{x}} {TIMES} {shown(name)}<br>%{{y:,.1f}} s foretold<br>"
        "%{customdata[0]:,.1f} to %{customdata[1]:,.1f} s<extra></extra>",
    }
    ran = {
        "type": "scatter",
        "mode": "markers",
        "name": f"{shown(name)} (runs)",
        "legendgroup": name,
        "showlegend": False,
        "x": [each.nodes for each in points],
        "y": [each.runtime_seconds for each in points],
        **linked([url_for("records.detail", cid=each.cid) for each in points]),
        "marker": {"color": colour, "size": 7, "symbol": SYMBOLS[place], "opacity": 0.75},
        "hovertemplate": f"%{{x}} {TIMES} {shown(name)}<br>%{{y:,.1f}} s ran<extra></extra>",
    }
    return [band, line, ran] if points else [band, line]
