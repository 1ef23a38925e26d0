"""Cost against runtime, with what nothing dominates."""

from collections.abc import Sequence
from typing import Any

from ledger.insight.cost import Priced
from webapp.bands import SYMBOLS
from webapp.boxes import cluster_of
from webapp.boxes import records_of
from webapp.charts import MAX_SERIES
from webapp.charts import Chart
from webapp.charts import layout
from webapp.charts import linked
from webapp.charts import plain
from webapp.charts import shown
from webapp.format import plural
from webapp.format import seconds

_SMALL = 0.001


def usd(cost: float) -> str:
    """US dollars: whole cents from a dollar on, and digits that tell runs apart below."""
    if cost >= 1 or not cost:
        return f"${cost:,.2f}"
    return f"${cost:.4f}" if cost >= _SMALL else f"${cost:.3g}"


def cost_chart(rows: Sequence[Priced], what: str) -> Chart | None:
    """Each cluster as a point, the front as a line; None where nothing has a price."""
    if not rows:
        return None
    front = [each for each in rows if each.on_front]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "Pareto front",
        "x": [each.repeats.runtime.median for each in front],
        "y": [each.cost_usd for each in front],
        "line": {"color": "@ink-2", "width": 1.5, "dash": "dot", "shape": "hv"},
        "hoverinfo": "skip",
    }
    return Chart(
        name="cost",
        title=f"Cost against runtime, {what}",
        summary=f"Cost in US dollars of {plural(len(rows), 'cluster')} against their median "
        "runtime in seconds: further left is faster, further down is cheaper. The line joins "
        f"{plural(len(front), 'cluster')} that no other beats in both.",
        figure={
            "data": [line, *_points(rows)],
            "layout": layout(
                x="median runtime (s)", y="cost of a run (USD)", height=420, showlegend=True
            ),
        },
        columns=("Cluster", "Cost of a run", "Median runtime", "On the front"),
        rows=[
            (
                cluster_of(each.repeats),
                usd(each.cost_usd),
                seconds(each.repeats.runtime.median),
                "yes" if each.on_front else "no",
            )
            for each in rows
        ],
    )


def _points(rows: Sequence[Priced]) -> list[dict[str, Any]]:
    """One series for each machine type; beyond as many as are told apart, one for the rest."""
    types = sorted({each.repeats.configuration.machine_type or "" for each in rows})
    names = types if len(types) <= MAX_SERIES else [*types[: MAX_SERIES - 1], "others"]
    found: dict[str, list[Priced]] = {name: [] for name in names}
    for each in rows:
        name = each.repeats.configuration.machine_type or ""
        found[name if name in found else "others"].append(each)
    return [_series(place, name, members) for place, (name, members) in enumerate(found.items())]


def _series(place: int, name: str, members: Sequence[Priced]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": shown(name),
        "x": [each.repeats.runtime.median for each in members],
        "y": [each.cost_usd for each in members],
        "text": [str(each.repeats.configuration.nodes) for each in members],
        "textposition": "top center",
        **linked([records_of(each.repeats) for each in members]),
        "customdata": [plain(cluster_of(each.repeats)) for each in members],
        "marker": {
            "color": f"@series-{place + 1}",
            "size": [13 if each.on_front else 8 for each in members],
            "symbol": SYMBOLS[place],
        },
        "hovertemplate": "%{customdata}<br>%{y:$,.3f}, %{x:,.1f} s<extra></extra>",
    }
