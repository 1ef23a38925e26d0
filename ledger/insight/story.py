"""What the configurations of a job, a machine type or a contributor tell together."""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence

from pydantic import Field

from ledger.index.views import View
from ledger.insight.comparison import Ratio
from ledger.insight.comparison import matched
from ledger.insight.configurations import CLUSTER
from ledger.insight.configurations import Repeats
from ledger.insight.spread import Logs
from ledger.insight.spread import quantile

WORST = 10


class Consistency(View):
    """How much runs of the same configuration vary."""

    configurations: int = Field(description="Configurations looked at.")
    repeated: int = Field(description="Those of them that ran at least twice.")
    median: float | None = Field(description="Median of their coefficients of variation.")
    most_within: float | None = Field(description="What nine of ten of them do not exceed.")
    worst: list[Repeats] = Field(description="Those that vary most, the worst first.")


class Work(View):
    """What was done, wherever it ran: a job on an input with its parameters."""

    job: str
    algorithm: str | None
    input_bytes: int | None
    settings: tuple[str, ...] = Field(description="Parameters and the like, as ``name=value``.")
    runs: int
    clusters: list[Repeats] = Field(description="Where it ran, the fastest (by median) first.")

    def query(self) -> dict[str, list[str]]:
        """The filter, as parameters of an address, that passes its runs."""
        found = self.clusters[0].configuration.query()
        return {name: values for name, values in found.items() if name not in CLUSTER}


class Standing(View):
    """A machine type against another, over what both ran."""

    machine_type: str
    runs: int = Field(description="All its runs, those that the other did not run included.")
    ratio: Ratio | None = Field(description="None: they ran nothing alike.")


def consistency(rows: Sequence[Repeats]) -> Consistency:
    """How much repeats vary, over all configurations that have any."""
    varied = sorted(
        (
            (each.runtime.variation, place)
            for place, each in enumerate(rows)
            if each.runtime.variation is not None
        ),
        key=lambda found: (found[0], -found[1]),
    )
    shares = [share for share, _ in varied]
    return Consistency(
        configurations=len(rows),
        repeated=len(varied),
        median=quantile(shares, 0.5) if shares else None,
        most_within=quantile(shares, 0.9) if shares else None,
        worst=[rows[place] for _, place in reversed(varied[-WORST:])],
    )


def works(rows: Iterable[Repeats]) -> list[Work]:
    """Configurations by what they did, what ran most first."""
    found = defaultdict(list)
    for each in rows:
        found[each.configuration.besides(CLUSTER)].append(each)
    return sorted(
        map(_work, found.values()),
        key=lambda work: (-len(work.clusters), -work.runs, work.input_bytes or 0, work.settings),
    )


def _work(members: Sequence[Repeats]) -> Work:
    one = members[0].configuration
    return Work(
        job=one.job,
        algorithm=one.algorithm,
        input_bytes=one.input_bytes,
        settings=one.settings,
        runs=sum(each.runtime.count for each in members),
        clusters=sorted(members, key=lambda each: each.runtime.median),
    )


def standings(rows: Iterable[Repeats], machine_type: str) -> list[Standing]:
    """Every other machine type against one, the quickest first, those that ran nothing alike last.

    What both ran is the same in everything but machine type and provider: in the number of nodes,
    too.
    """
    by_type: dict[str, dict[object, Logs]] = defaultdict(dict)
    for each in rows:
        name = each.configuration.machine_type
        if name is not None:
            key = each.configuration.besides(("machine_type", "provider"))
            ran = by_type[name]
            ran[key] = ran[key] + each.runtime.logs if key in ran else each.runtime.logs
    reference = by_type.pop(machine_type, {})
    found = [
        Standing(
            machine_type=name,
            runs=sum(logs.count for logs in ran.values()),
            ratio=matched(reference, ran),
        )
        for name, ran in by_type.items()
    ]
    return sorted(found, key=lambda each: (each.ratio is None, _place(each), each.machine_type))


def _place(standing: Standing) -> float:
    return 0.0 if standing.ratio is None else standing.ratio.ratio or 0.0
