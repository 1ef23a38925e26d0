"""Charts of what people did over time."""

from collections.abc import Sequence
from typing import Any

from ledger.index.views import Day
from webapp.charts import Chart
from webapp.charts import layout
from webapp.format import number
from webapp.format import plural


def contributions_chart(days: Sequence[Day]) -> Chart | None:
    """Records that somebody signed, by the day of their anchor."""
    if not days:
        return None
    bars = _bars("records", "@accent", days, [day.records for day in days], "")
    return Chart(
        name="contributions",
        title="Contributed over time",
        summary=f"Records anchored on each of {plural(len(days), 'day')} (UTC).",
        figure={"data": [bars], "layout": _axes("records")},
        columns=("Day (UTC)", "Records"),
        rows=[(day.day, number(day.records)) for day in days],
    )


def verdicts_chart(days: Sequence[Day]) -> Chart | None:
    """Verdicts by the day of their attestation, those that accept below those that reject."""
    if not days:
        return None
    accepted = _bars("accept", "@good", days, [day.accepted for day in days], "")
    rejected = _bars("reject", "@bad", days, [day.rejected for day in days], "/")
    return Chart(
        name="verdicts",
        title="Verdicts over time",
        summary=f"Verdicts on each of {plural(len(days), 'day')} (UTC), those that accept a "
        "record below those that reject one.",
        figure={"data": [accepted, rejected], "layout": _axes("verdicts", showlegend=True)},
        columns=("Day (UTC)", "Accept", "Reject"),
        rows=[(day.day, number(day.accepted), number(day.rejected)) for day in days],
    )


def _bars(
    name: str, colour: str, days: Sequence[Day], counts: list[int], pattern: str
) -> dict[str, Any]:
    """The pattern tells bars apart where colours do not."""
    return {
        "type": "bar",
        "name": name,
        "x": [day.day for day in days],
        "y": counts,
        "marker": {"color": colour, "pattern": {"shape": pattern}},
        "hovertemplate": f"%{{x}}: %{{y:,}} {name}<extra></extra>",
    }


def _axes(what: str, **more: Any) -> dict[str, Any]:
    axes = layout(y=what, height=260, barmode="stack", bargap=0.35, **more)
    axes["xaxis"] = {"type": "category", "nticks": 8, "title": {"text": "day (UTC)"}}
    return axes
