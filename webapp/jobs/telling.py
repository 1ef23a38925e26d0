"""What the page of a job shows, beside what every story has."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from flask import url_for

from ledger.index.filters import Filter
from ledger.index.filters import parse
from ledger.index.queries import Queries
from ledger.insight.questions import along
from ledger.insight.questions import counted
from ledger.insight.questions import grouped
from ledger.insight.story import Standing
from ledger.insight.story import standings
from ledger.insight.story import work
from ledger.insight.works import Work
from webapp.bands import Axis
from webapp.bands import band_chart
from webapp.boxes import box_chart
from webapp.charts import Chart
from webapp.format import plural
from webapp.format import size
from webapp.stories import Story


@dataclass(frozen=True, slots=True)
class Told:
    """A job in charts and tables.

    Attributes:
        work: the input and parameters that are shown.
        scale_out: its runtimes against the number of nodes.
        inputs: runtimes against the input size, at the most frequent number of nodes.
        boxes: how its repeats are spread.
        reference: the machine type that others are compared with.
        standings: the others.
    """

    work: Work | None
    scale_out: Chart | None
    inputs: Chart | None
    boxes: Chart | None
    reference: str | None
    standings: Sequence[Standing]


def name_of(work: Work) -> str:
    """A work in few words: its input and its parameters."""
    parts = [] if work.input_bytes is None else [size(work.input_bytes)]
    parts += [] if work.algorithm is None else [work.algorithm]
    return ", ".join([*parts, *work.settings]) or "input not named"


def tell(queries: Queries, told: Story, place: int) -> Told:
    """A job's charts and tables; the work at a place among its works is shown, or the first."""
    shown = work_at(queries, told, place)
    machines = told.values["machine_type"]
    reference = machines[0].value if machines else None
    return Told(
        work=shown,
        scale_out=None if shown is None else _scale_out(queries, shown),
        inputs=_inputs(queries, told),
        boxes=None
        if shown is None
        else box_chart(shown.clusters, title=f"Repeats on {name_of(shown)}"),
        reference=reference,
        standings=standings(queries, counted(told.chosen), reference) if reference else (),
    )


def work_at(queries: Queries, told: Story, place: int) -> Work | None:
    """The work at a place among a job's, or the first; None: no run of the job counts."""
    if place >= told.ran.works_total:
        place = 0
    if place < len(told.ran.works):
        return told.ran.works[place]
    return work(queries, counted(told.chosen), place)


def _scale_out(queries: Queries, work: Work) -> Chart | None:
    chosen = counted(parse(work.query()))
    groups = grouped(queries, chosen, ("machine_type", "nodes"))
    return band_chart(
        groups,
        "nodes",
        by="machine type",
        name="scale-out",
        title=f"Runtime against scale-out, {name_of(work)}",
        link=lambda machine, bounds: _records({**work.query(), "machine_type": [machine]}, bounds),
    )


def _inputs(queries: Queries, told: Story) -> Chart | None:
    """At one number of nodes: runtimes at several are not to be had from the input size alone."""
    frequent = told.values["nodes"]
    if not frequent or told.ran.input_bytes is None or len(set(told.ran.input_bytes)) == 1:
        return None
    nodes = int(frequent[0].value)
    chosen: Filter = told.chosen.model_copy(update={"nodes": (nodes,)})
    groups, axis = along(queries, counted(chosen), "machine_type", "input_bytes")
    return band_chart(
        groups,
        cast("Axis", axis),
        by="machine type",
        name="inputs",
        title=f"Runtime against input size, on {plural(nodes, 'node')}",
        note="Parameters differ between runs." if told.ran.has_several_settings else "",
        link=lambda machine, bounds: _records(
            {"job": list(chosen.job), "nodes": [str(nodes)], "machine_type": [machine]}, bounds
        ),
    )


def _records(given: Mapping[str, Sequence[str]], bounds: Mapping[str, str]) -> str:
    return url_for("records.listing", **{**given, **bounds})  # type: ignore[arg-type]
