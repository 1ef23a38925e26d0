"""The chart of a machine type's page."""

from collections.abc import Sequence

from ledger.insight.story import Standing
from webapp.charts import Chart
from webapp.charts import categories
from webapp.charts import layout
from webapp.charts import plain
from webapp.charts import shown
from webapp.format import NONE
from webapp.format import TIMES
from webapp.format import number

MOST = 20
"""Machine types of one chart."""


def standings_chart(machine_type: str, standings: Sequence[Standing]) -> Chart | None:
    """How long others take against a machine type, with intervals where there are any."""
    found = [(each, each.ratio) for each in standings if each.ratio and each.ratio.ratio][:MOST]
    if not found:
        return None
    drawn = list(reversed(found))
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [ratio.ratio for _, ratio in drawn],
        "y": [plain(each.machine_type) for each, _ in drawn],
        "marker": {"color": "@series-1", "size": 10},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [
                None if ratio.high is None else ratio.high - (ratio.ratio or 0)
                for _, ratio in drawn
            ],
            "arrayminus": [
                None if ratio.low is None else (ratio.ratio or 0) - ratio.low for _, ratio in drawn
            ],
            "color": "@series-1",
        },
        "customdata": [ratio.configurations for _, ratio in drawn],
        "hovertemplate": "%{y}: %{x:.2f} times as long, over %{customdata} configurations"
        "<extra></extra>",
    }
    equal = {
        "type": "line",
        "x0": 1,
        "x1": 1,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": "@line-strong", "dash": "dot"},
    }
    axes = layout(
        x=f"times as long as {shown(machine_type)} (1: equal)",
        height=max(200, 110 + 34 * len(drawn)),
        shapes=[equal],
    )
    axes["yaxis"] = categories([each.machine_type for each, _ in drawn])
    return Chart(
        name="standings",
        title=f"How long others take against {machine_type}",
        summary=f"Ratio of runtimes of other machine types to those of {machine_type}, over what "
        "both ran alike, with 95 % intervals: left of 1 is faster.",
        figure={"data": [dots], "layout": axes},
        columns=("Machine type", "Times as long", "From", "To", "Configurations"),
        rows=[
            (
                each.machine_type,
                f"{ratio.ratio:.2f}{TIMES}",
                NONE if ratio.low is None else f"{ratio.low:.2f}{TIMES}",
                NONE if ratio.high is None else f"{ratio.high:.2f}{TIMES}",
                number(ratio.configurations),
            )
            for each, ratio in found
        ],
    )
