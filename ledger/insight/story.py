"""What the configurations of a job, a machine type or a contributor tell together."""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.queries.source import RecordSource
from ledger.index.views import View
from ledger.insight.comparison import Ratio
from ledger.insight.comparison import matched
from ledger.insight.configurations import Repeats
from ledger.insight.ran import Ran
from ledger.insight.ran import perhaps_alike
from ledger.insight.spread import quantile
from ledger.insight.works import Work
from ledger.insight.works import Works

WORST = 10

WORKS = 40
"""Inputs and parameters that an outline names; the rest is found by filters."""

SAME = ("machine_type", "provider")
"""In what machine types that are compared may differ: in the number of nodes they may not."""


class Consistency(View):
    """How much runs of the same configuration vary."""

    configurations: int = Field(description="Configurations looked at.")
    repeated: int = Field(description="Those of them that ran at least twice.")
    median: float | None = Field(description="Median of their coefficients of variation.")
    most_within: float | None = Field(description="What nine of ten of them do not exceed.")
    worst: list[Repeats] = Field(description="Those that vary most, the worst first.")


class Outline(View):
    """What the runs that pass a filter amount to."""

    configurations: int
    runs: int
    input_bytes: tuple[int, int] | None = Field(description="Smallest and largest input.")
    has_several_settings: bool = Field(description="Whether parameters and the like differ.")
    consistency: Consistency
    works: list[Work] = Field(description="What was done, on the most clusters first; at most 40.")
    works_total: int


class Standing(View):
    """A machine type against another, over what both ran."""

    machine_type: str
    runs: int = Field(description="All its runs, those that the other did not run included.")
    ratio: Ratio | None = Field(description="None: they ran nothing alike.")


def outline(queries: Queries, chosen: Filter) -> Outline:
    """What the runs that pass a filter amount to."""

    def answer(source: RecordSource) -> Outline:
        ran = Ran(source.runs(chosen))
        done = Works(ran)
        return Outline(
            configurations=len(ran),
            runs=len(ran.runs.runtimes),
            input_bytes=ran.input_bytes,
            has_several_settings=ran.has_several_settings,
            consistency=consistency(ran),
            works=[done.work(place) for place in range(min(WORKS, len(done)))],
            works_total=len(done),
        )

    return queries.asked(("outline", chosen), answer)


def work(queries: Queries, chosen: Filter, place: int) -> Work | None:
    """What is at a place among the works of the runs that pass; None: there are not so many."""

    def answer(source: RecordSource) -> Work | None:
        done = Works(Ran(source.runs(chosen)))
        return done.work(place) if place < len(done) else None

    return queries.asked(("work", chosen, place), answer)


def consistency(ran: Ran) -> Consistency:
    """How much repeats vary, over all configurations that have any."""
    repeated = np.flatnonzero(~np.isnan(ran.variations))
    order = repeated[np.argsort(ran.variations[repeated], kind="stable")]
    shares = ran.variations[order]
    return Consistency(
        configurations=len(ran),
        repeated=len(order),
        median=quantile(shares, 0.5) if len(order) else None,
        most_within=quantile(shares, 0.9) if len(order) else None,
        worst=ran.repeats(order[::-1][:WORST]),
    )


def standings(queries: Queries, chosen: Filter, machine_type: str) -> list[Standing]:
    """Every other machine type against one, the quickest first, those that ran nothing alike last.

    What both ran is the same in everything but machine type and provider: in the number of nodes,
    too.
    """

    def answer(source: RecordSource) -> list[Standing]:
        return standings_of(Ran(source.runs(chosen)), machine_type)

    return queries.asked(("standings", chosen, machine_type), answer)


def standings_of(ran: Ran, machine_type: str) -> list[Standing]:
    """See `standings`."""
    codes = ran.runs.codes("machine_type")
    runs = np.bincount(codes, ran.counts)
    mine = ran.runs.code("machine_type", machine_type)
    reference, others = perhaps_alike(ran.at(codes == mine), ran.at(codes != mine), SAME)
    alike, labels = reference.alike(SAME), others.runs.besides(SAME)
    places = _by_code(others.runs.codes("machine_type"))
    found = [
        Standing(
            machine_type=name,
            runs=int(runs[code]),
            ratio=None
            if code not in places
            else matched(alike, others.tallies.at(places[code]).under(labels[places[code]])),
        )
        for code in np.flatnonzero(runs).tolist()
        if code != mine and (name := ran.runs.value("machine_type", code)) is not None
    ]
    return sorted(found, key=lambda each: (each.ratio is None, _place(each), each.machine_type))


def _by_code(codes: NDArray[np.int32]) -> dict[int, NDArray[np.int64]]:
    """Where each code is."""
    if not len(codes):
        return {}
    order = np.argsort(codes, kind="stable")
    found, begins = np.unique(codes[order], return_index=True)
    return dict(zip(found.tolist(), np.split(order, begins[1:]), strict=True))


def _place(standing: Standing) -> float:
    return 0.0 if standing.ratio is None else standing.ratio.ratio or 0.0
