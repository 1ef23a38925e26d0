"""What a page of costs is about: all of it is in the address."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from ledger.index.queries import Queries
from ledger.insight.cost import MOST_TYPES
from ledger.insight.cost import InvalidPriceError
from ledger.insight.cost import Priced
from ledger.insight.cost import price_of
from ledger.insight.cost import priced
from ledger.insight.works import Work
from webapp.jobs.telling import work_at
from webapp.stories import story_of_job

USD = "usd."
"""What a parameter begins with that is the price of a machine type."""

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Costs:
    """What the runs of one work cost.

    Attributes:
        job: the job.
        works: what it was run on, what ran on most clusters first, at most 40.
        works_total: how many there are.
        place: which of them is shown.
        work: that one; None: no run of the job counts.
        given: prices as they were written, by machine type.
        types: machine types that the work ran on.
        rows: the configurations that have a price, the cheapest first.
    """

    job: str
    works: Sequence[Work]
    works_total: int
    place: int
    work: Work | None
    given: Mapping[str, str]
    types: Sequence[str]
    rows: Sequence[Priced]


def asked(query: "MultiDict[str, str]") -> tuple[str, int, dict[str, str]]:
    """The job, the place of the work, and the prices that an address names."""
    text = query.get("work", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    given = {
        name.removeprefix(USD): text
        for name, text in query.items()
        if name.startswith(USD) and text.strip()
    }
    return query.get("job", ""), int(text) if is_number else 0, given


def costs_of(queries: Queries, job: str, place: int, given: Mapping[str, str]) -> Costs:
    """What a job costs.

    Args:
        queries: what is asked.
        job: its name.
        place: which of its works; one that is not there means the first.
        given: prices as they were written, by machine type.

    Raises:
        NotFoundError: no record is of the job.
        InvalidPriceError: a price is none, or there are too many.
    """
    if len(given) > MOST_TYPES:
        raise InvalidPriceError(
            f"{len(given)} prices are too many", hint=f"Give at most {MOST_TYPES}."
        )
    told = story_of_job(queries, job)
    place = place if place < told.ran.works_total else 0
    prices = {name: price_of(text) for name, text in given.items()}
    work = work_at(queries, told, place)
    clusters = work.clusters if work else []
    types = {each.configuration.machine_type for each in clusters}
    return Costs(
        job=job,
        works=told.ran.works,
        works_total=told.ran.works_total,
        place=place,
        work=work,
        given=given,
        types=sorted(each for each in types if each is not None)[:MOST_TYPES],
        rows=priced(clusters, prices),
    )
