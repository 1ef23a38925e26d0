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
from ledger.insight.story import Work
from ledger.insight.story import standings
from ledger.insight.story import works
from webapp.bands import Axis
from webapp.bands import band_chart
from webapp.boxes import box_chart
from webapp.charts import Chart
from webapp.format import plural
from webapp.format import size
from webapp.stories import Story

WORKS = 40
"""Inputs and parameters that a page offers; the rest is found by filters."""


@dataclass(frozen=True, slots=True)
class Told:
    """A job in charts and tables.

    Attributes:
        works: what the job was run on, what ran most first.
        work: the one that is shown.
        scale_out: its runtimes against the number of nodes.
        inputs: runtimes against the input size, at the most frequent number of nodes.
        boxes: how its repeats are spread.
        reference: the machine type that others are compared with.
        standings: the others.
    """

    works: Sequence[Work]
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
    done = works(told.ran.rows)
    work = done[place if place < len(done) else 0] if done else None
    machines = told.values["machine_type"]
    reference = machines[0].value if machines else None
    return Told(
        works=done,
        work=work,
        scale_out=None if work is None else _scale_out(queries, work),
        inputs=_inputs(queries, told),
        boxes=None
        if work is None
        else box_chart(work.clusters, title=f"Repeats on {name_of(work)}"),
        reference=reference,
        standings=standings(told.ran.rows, reference) if reference else (),
    )


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
    if not frequent or _sizes(told) < 2:  # noqa: PLR2004 - one size is no axis
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
        note="Parameters differ between runs." if _parameters(told) > 1 else "",
        link=lambda machine, bounds: _records(
            {"job": list(chosen.job), "nodes": [str(nodes)], "machine_type": [machine]}, bounds
        ),
    )


def _records(given: Mapping[str, Sequence[str]], bounds: Mapping[str, str]) -> str:
    return url_for("records.listing", **{**given, **bounds})  # type: ignore[arg-type]


def _sizes(told: Story) -> int:
    return len({each.configuration.input_bytes for each in told.ran.rows} - {None})


def _parameters(told: Story) -> int:
    return len({each.configuration.settings for each in told.ran.rows})
