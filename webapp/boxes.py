"""How runtimes of repeats are spread, as boxes that were measured at the server."""

from collections.abc import Sequence

from flask import url_for

from ledger.insight.configurations import Repeats
from webapp.charts import Chart
from webapp.charts import categories
from webapp.charts import layout
from webapp.charts import linked
from webapp.charts import plain
from webapp.format import NONE
from webapp.format import TIMES
from webapp.format import number
from webapp.format import seconds

MOST = 24
"""Boxes of one chart."""


def cluster_of(each: Repeats) -> str:
    """Where runs of a configuration ran, in few words."""
    found = each.configuration
    return f"{number(found.nodes)} {TIMES} {found.machine_type or 'unknown machine type'}"


def records_of(each: Repeats) -> str:
    """The list of the runs of a configuration."""
    return url_for("records.listing", **each.configuration.query())  # type: ignore[arg-type]


def variation(each: Repeats) -> str:
    """The coefficient of variation of repeats."""
    share = each.runtime.variation
    return NONE if share is None else f"{100 * share:.1f} %"


def box_chart(clusters: Sequence[Repeats], *, title: str, name: str = "boxes") -> Chart | None:
    """A box from the first to the third quartile for each configuration, the fastest on top."""
    repeated = [each for each in clusters if each.runtime.count > 1]
    shown = repeated[:MOST]
    if not shown:
        return None
    told = [each.runtime for each in reversed(shown)]
    boxes = {
        "type": "box",
        "orientation": "h",
        "y": [plain(cluster_of(each)) for each in reversed(shown)],
        "q1": [each.lower for each in told],
        "median": [each.median for each in told],
        "q3": [each.upper for each in told],
        "lowerfence": [each.least for each in told],
        "upperfence": [each.most for each in told],
        "line": {"color": "@series-1", "width": 1.5},
        "name": "",
        "showlegend": False,
        **linked([records_of(each) for each in reversed(shown)]),
    }
    axes = layout(x="runtime (s)", height=max(200, 90 + 26 * len(shown)))
    axes["yaxis"] = categories([cluster_of(each) for each in shown])
    return Chart(
        name=name,
        title=title,
        summary="Runtimes in seconds of the repeats of each configuration: boxes from the first "
        "to the third quartile with the median, whiskers from the shortest to the longest.",
        figure={"data": [boxes], "layout": axes},
        columns=("Configuration", "Runs", "Shortest", "Median", "Longest", "Variation"),
        rows=[
            (
                cluster_of(each),
                number(each.runtime.count),
                seconds(each.runtime.least),
                seconds(each.runtime.median),
                seconds(each.runtime.most),
                variation(each),
            )
            for each in shown
        ],
        note=f"The {MOST} fastest of {len(repeated)} configurations that were repeated."
        if len(repeated) > MOST
        else "",
    )
