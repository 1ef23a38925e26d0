"""The charts of the first page."""

from collections.abc import Sequence

from ledger.index.views import FacetValue
from ledger.index.views import TimelinePoint
from webapp.charts import Chart
from webapp.charts import categories
from webapp.charts import layout
from webapp.charts import plain
from webapp.format import number
from webapp.format import plural

MOST_JOBS = 15

FEW_DAYS = 4
"""Fewer bars than this would fill the chart each."""


def jobs_chart(jobs: Sequence[FacetValue]) -> Chart:
    """Records per job, the most frequent on top."""
    shown = list(jobs[:MOST_JOBS])
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [job.count for job in reversed(shown)],
        "y": [plain(job.value) for job in reversed(shown)],
        "customdata": [job.value for job in reversed(shown)],
        "marker": {"color": "@accent"},
        "hovertemplate": "%{y}: %{x:,} records<extra></extra>",
    }
    axes = layout(x="records", height=max(180, 70 + 34 * len(shown)))
    axes["yaxis"] = categories([job.value for job in shown])
    return Chart(
        name="jobs",
        title="Records by job",
        summary="Bars of how many records each job has: "
        + ", ".join(f"{job.value} {number(job.count)}" for job in shown),
        figure={"data": [bars], "layout": axes},
        columns=("Job", "Records"),
        rows=[(job.value, number(job.count)) for job in jobs],
        note=""
        if len(jobs) <= MOST_JOBS
        else f"The {MOST_JOBS} most frequent of {len(jobs)} jobs; the table has them all.",
    )


def timeline_chart(timeline: Sequence[TimelinePoint]) -> Chart:
    """Records anchored per day, and their running total."""
    days = [point.day for point in timeline]
    totals: list[int] = []
    for point in timeline:
        totals.append(point.records + (totals[-1] if totals else 0))
    wide = 0.25 if len(days) < FEW_DAYS else None
    per_day = {
        "type": "bar",
        "name": "anchored that day",
        "x": days,
        "y": [point.records for point in timeline],
        "customdata": [point.batches for point in timeline],
        "marker": {"color": "@accent"},
        "width": wide,
        "hovertemplate": "%{x}: %{y:,} records in %{customdata:,} batches<extra></extra>",
    }
    running = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "in total",
        "x": days,
        "y": totals,
        "line": {"color": "@series-2", "width": 2},
        "hovertemplate": "%{x}: %{y:,} records in total<extra></extra>",
    }
    axes = layout(y="records", height=260, showlegend=True, bargap=0.35)
    axes["xaxis"] = {"type": "category", "nticks": 8}
    return Chart(
        name="timeline",
        title="Anchored over time",
        summary=f"Records anchored on each of {plural(len(timeline), 'day')} (UTC), and in total.",
        figure={"data": [per_day, running], "layout": axes},
        columns=("Day (UTC)", "Batches", "Records", "Records in total"),
        rows=[
            (point.day, number(point.batches), number(point.records), number(total))
            for point, total in zip(timeline, totals, strict=True)
        ],
    )
