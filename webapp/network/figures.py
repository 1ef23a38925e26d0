"""The figures and the chart of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime

from ledger.peers.replication import ENOUGH
from ledger.peers.replication import Copies
from ledger.peers.views import Standing
from webapp.charts import Chart
from webapp.charts import layout
from webapp.format import NONE
from webapp.format import duration
from webapp.format import moment
from webapp.format import number
from webapp.format import plural
from webapp.format import size


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: identifies it within the page.
        label: what it is.
        value: how much it is.
        note: what belongs to it.
        alarming: whether somebody should do something about it.
    """

    name: str
    label: str
    value: str
    note: str
    alarming: bool = False


def figures_of(standing: Standing) -> list[Figure]:
    """The figures, those that matter most first."""
    return [
        Figure(
            "answering",
            "Nodes that answer",
            number(standing.answering),
            f"of {number(sum(peer.kind == 'peer' for peer in standing.peers))} known, "
            "beside this one",
        ),
        Figure(
            "at-risk",
            "Batches at risk",
            number(standing.at_risk),
            f"of {number(standing.batch_count)}, on one node or none",
            alarming=standing.at_risk > 0,
        ),
        _lag(standing),
        Figure(
            "missing",
            "Missing here",
            number(standing.missing),
            f"the oldest for {duration(round(standing.wants[0].age_seconds))}"
            if standing.wants
            else f"{plural(standing.kept, 'batch or report', 'batches and reports')} kept",
            alarming=standing.missing > 0,
        ),
        Figure(
            "traffic",
            "Received",
            size(standing.traffic.bytes_received),
            f"{size(standing.traffic.bytes_served)} served",
        ),
        _storage(standing),
        _scrub(standing),
    ]


def copies_chart(counts: Sequence[Copies]) -> Chart:
    """Batches by the number of nodes that hold them; those at risk stand apart."""
    risky = [each for each in counts if each.copies < ENOUGH]
    safe = [each for each in counts if each.copies >= ENOUGH]
    series = [
        ("at risk", risky, {"color": "@bad", "pattern": {"shape": "/", "fillmode": "overlay"}}),
        ("on two nodes or more", safe, {"color": "@accent"}),
    ]
    most = max((each.copies for each in counts), default=0)
    axes = layout(x="nodes that hold a batch", y="batches", height=260, showlegend=True, bargap=0.4)
    axes["xaxis"] |= {
        "tickformat": "d",
        "dtick": 1 if most <= _TICKS else None,
        "range": [-0.6, max(most, ENOUGH + 1) + 0.6],
        "showgrid": False,
        "zeroline": False,
    }
    return Chart(
        name="copies",
        title="How many nodes hold each batch",
        summary="Bars of how many batches are on how many nodes: "
        + ", ".join(f"{number(each.batches)} on {number(each.copies)}" for each in counts),
        figure={
            "data": [
                {
                    "type": "bar",
                    "name": name,
                    "x": [each.copies for each in chosen],
                    "y": [each.batches for each in chosen],
                    "text": [number(each.batches) for each in chosen],
                    "textposition": "outside",
                    "cliponaxis": False,
                    "marker": marker,
                    "hovertemplate": "on %{x} nodes: %{y:,} batches<extra></extra>",
                }
                for name, chosen, marker in series
            ],
            "layout": axes,
        },
        columns=("Nodes", "Batches"),
        rows=[(number(each.copies), number(each.batches)) for each in counts],
        note="Nodes that have not answered for ten minutes, or are not trusted, do not count.",
    )


_TICKS = 12
"""As many as fit beside each other on a phone."""


def _lag(standing: Standing) -> Figure:
    indexed, head = standing.indexed_block, standing.head_block
    if indexed is None or head is None:
        return Figure("lag", "Behind the chain", NONE, "the chain was not looked at yet")
    behind = max(head - indexed, 0)
    return Figure(
        "lag", "Behind the chain", plural(behind, "block"), f"indexed to {number(indexed)}"
    )


def _storage(standing: Standing) -> Figure:
    most = standing.storage_bytes
    return Figure(
        "storage",
        "Storage",
        size(standing.bytes),
        f"of {size(most)}" if most else f"{plural(standing.blocks, 'block')}, no limit",
        alarming=bool(most) and standing.bytes > most,
    )


def _scrub(standing: Standing) -> Figure:
    damaged = standing.damaged - standing.mended
    ended = standing.scrub_finished
    return Figure(
        "scrub",
        "Damaged here",
        number(damaged),
        (
            "all hashed " + moment(datetime.fromtimestamp(ended, UTC))
            if ended
            else f"{plural(standing.scrubbed, 'block')} hashed so far"
        )
        + (f", {number(standing.mended)} mended" if standing.mended else ""),
        alarming=damaged > 0,
    )
