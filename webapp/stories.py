"""What the pages of jobs, machine types and contributors have in common."""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import NotFoundError
from ledger.index.filters import Filter
from ledger.index.filters import of
from ledger.index.queries import Queries
from ledger.index.views import FacetValue
from ledger.index.views import LedgerStatus
from ledger.insight.questions import counted
from ledger.insight.questions import values
from ledger.insight.story import Outline
from ledger.insight.story import Standing
from ledger.insight.story import outline
from ledger.insight.story import standings
from webapp.format import NONE
from webapp.format import number
from webapp.format import size
from webapp.status_split import Share
from webapp.status_split import split

LONGEST_NAME = 256
"""Characters that a filter takes."""


@dataclass(frozen=True, slots=True)
class Story:
    """What a filter's records tell.

    Attributes:
        chosen: the filter.
        records: how many pass.
        values: by field, its values with how many records have each.
        split: where the records stand.
        ran: what the runs amount to that count.
    """

    chosen: Filter
    records: int
    values: Mapping[str, list[FacetValue]]
    split: list[Share]
    ran: Outline

    @property
    def status(self) -> Mapping[str, int]:
        """Records by where they stand."""
        return {each.value: each.count for each in self.values["status"]}

    @property
    def scale_outs(self) -> str:
        """From the smallest to the largest number of nodes."""
        nodes = sorted(int(each.value) for each in self.values["nodes"])
        return _range(nodes, number)

    @property
    def inputs(self) -> str:
        """From the smallest to the largest input that counts."""
        return _range(self.ran.input_bytes or (), size)


def story(queries: Queries, chosen: Filter) -> Story:
    """What a filter's records tell."""
    found = values(queries, chosen)
    counts = {each.value: each.count for each in found["status"]}
    return Story(
        chosen=chosen,
        records=queries.count(chosen),
        values=found,
        split=split({status: counts.get(status, 0) for status in LedgerStatus}),
        ran=outline(queries, counted(chosen)),
    )


def story_of_job(queries: Queries, name: str) -> Story:
    """What the records of a job tell.

    Raises:
        NotFoundError: there are none.
    """
    return _known(queries, "job", name)


def story_of_machine(queries: Queries, name: str) -> Story:
    """What the records of a machine type tell.

    Raises:
        NotFoundError: there are none.
    """
    return _known(queries, "machine_type", name)


def ranked(queries: Queries, told: Story, machine_type: str) -> list[Standing]:
    """Every other machine type against one, over the jobs that ran on it."""
    jobs = tuple(each.value for each in told.values["job"])
    return standings(queries, counted(Filter(job=jobs)), machine_type)


def _known(queries: Queries, field: str, name: str) -> Story:
    kind = field.replace("_", " ")
    if 0 < len(name) <= LONGEST_NAME:
        told = story(queries, of({field: (name,)}))
        if told.records:
            return told
    raise NotFoundError(
        f"no record is of a {kind} {name[:80]!r}",
        hint=f"The list of {kind}s has those that are known here.",
    )


def _range(found: Sequence[int], written: Callable[[float], str]) -> str:
    if not found:
        return NONE
    ends = dict.fromkeys(written(each) for each in (found[0], found[-1]))
    return " to ".join(ends)
