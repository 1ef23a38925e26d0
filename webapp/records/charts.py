"""Runtime against scale-out or input size, for the records of a list."""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence
from statistics import median
from typing import Any

from ledger.index.views import RecordRow
from webapp.charts import MAX_SERIES
from webapp.charts import Chart
from webapp.charts import layout
from webapp.charts import plain
from webapp.charts import shown
from webapp.format import number
from webapp.format import seconds
from webapp.format import size
from webapp.records.state import Axis

POINTS = 1_000
"""As many as one query answers with, and as a reader can tell apart."""

OTHERS = "others"
UNKNOWN = "unknown machine type"

_UNITS = {10**9: "GB", 10**6: "MB", 1: "B"}


def runtime_chart(rows: Sequence[RecordRow], total: int, axis: Axis) -> Chart | None:
    """Runtimes as points, with a line through their medians; None where nothing can be drawn.

    Args:
        rows: the records, at most `POINTS`.
        total: how many records pass the filter.
        axis: what runtimes are drawn against.
    """
    drawn = [row for row in rows if getattr(row, axis) is not None]
    if not drawn:
        return None
    series = _series(drawn)
    unit = _unit(drawn, axis)
    data: list[dict[str, Any]] = []
    for place, (name, members) in enumerate(series.items(), 1):
        data += [_points(name, members, axis, place), _medians(name, members, axis, place)]
    for trace in data:
        trace["x"] = [at / unit for at in trace["x"]]
    against = "scale-out" if axis == "nodes" else "input size"
    return Chart(
        name="runtime",
        title=f"Runtime against {against}",
        summary=f"Runtime in seconds of {number(len(drawn))} records against their {against}, "
        f"by {_by(drawn)}; the table has the medians.",
        figure={
            "data": data,
            "layout": layout(
                x=_title(axis, unit), y="runtime (s)", height=360, showlegend=len(series) > 1
            ),
        },
        columns=(_by(drawn).capitalize(), *_headings(axis)),
        rows=[line for name, members in series.items() for line in _table(name, members, axis)],
        note=_note(len(drawn), len(rows), total, against),
    )


def _headings(axis: Axis) -> tuple[str, ...]:
    first = "Nodes" if axis == "nodes" else "Input size"
    return (first, "Records", "Median runtime", "Shortest", "Longest")


def _note(drawn: int, asked: int, total: int, against: str) -> str:
    parts = []
    if asked < total:
        parts.append(f"The {number(asked)} most recent of {number(total)} records.")
    if drawn < asked:
        parts.append(f"{number(asked - drawn)} without {against} are left out.")
    return " ".join(parts)


def _by(rows: Iterable[RecordRow]) -> str:
    """Runtimes of several jobs are not comparable, so the job tells points apart first."""
    return "job" if len({row.job for row in rows}) > 1 else "machine type"


def _series(rows: Sequence[RecordRow]) -> dict[str, list[RecordRow]]:
    by_job = _by(rows) == "job"
    found: dict[str, list[RecordRow]] = defaultdict(list)
    for row in rows:
        found[row.job if by_job else row.machine_type or UNKNOWN].append(row)
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    if len(ranked) <= MAX_SERIES:
        return dict(ranked)
    rest = [row for _, members in ranked[MAX_SERIES - 1 :] for row in members]
    return {**dict(ranked[: MAX_SERIES - 1]), OTHERS: rest}


def _unit(rows: Sequence[RecordRow], axis: Axis) -> int:
    """The largest unit in which some input is at least 1; 1 for a scale-out."""
    most = max(_place(row, axis) for row in rows)
    return 1 if axis == "nodes" else next((unit for unit in _UNITS if most >= unit), 1)


def _title(axis: Axis, unit: int) -> str:
    return "scale-out (nodes)" if axis == "nodes" else f"input size ({_UNITS[unit]})"


def _place(row: RecordRow, axis: Axis) -> int:
    return row.nodes if axis == "nodes" else row.input_bytes or 0


def _points(name: str, rows: Sequence[RecordRow], axis: Axis, place: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": shown(name),
        "legendgroup": name,
        "x": [_place(row, axis) for row in rows],
        "y": [row.runtime_seconds for row in rows],
        "text": [plain(_told(row)) for row in rows],
        "customdata": [row.cid for row in rows],
        "marker": {"color": f"@series-{place}", "size": 8, "opacity": 0.7},
        "hovertemplate": "%{text}<br>%{y:,.1f} s<extra></extra>",
    }


def _medians(name: str, rows: Sequence[RecordRow], axis: Axis, place: int) -> dict[str, Any]:
    at = _by_place(rows, axis)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"{shown(name)} (median)",
        "legendgroup": name,
        "showlegend": False,
        "x": list(at),
        "y": [median(runtimes) for runtimes in at.values()],
        "line": {"color": f"@series-{place}", "width": 1.5, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _by_place(rows: Sequence[RecordRow], axis: Axis) -> dict[int, list[float]]:
    found: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        found[_place(row, axis)].append(row.runtime_seconds)
    return dict(sorted(found.items()))


def _table(name: str, rows: Sequence[RecordRow], axis: Axis) -> list[tuple[str, ...]]:
    return [
        (
            name,
            number(at) if axis == "nodes" else size(at),
            number(len(runtimes)),
            seconds(median(runtimes)),
            seconds(min(runtimes)),
            seconds(max(runtimes)),
        )
        for at, runtimes in _by_place(rows, axis).items()
    ]


def _told(row: RecordRow) -> str:
    parts = [row.job, row.machine_type, f"{row.nodes} nodes"]
    if row.input_bytes is not None:
        parts.append(size(row.input_bytes))
    return " · ".join(part for part in parts if part)
