"""What the pages of a large ledger ask: `bench.browsing` measures it."""

from collections.abc import Callable

from ledger.index.filters import ALL
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.queries import Sort
from ledger.index.queries.paging import Cursor
from ledger.insight.compare import Side
from ledger.insight.compare import compare
from ledger.insight.names import most_frequent
from ledger.insight.questions import along
from ledger.insight.questions import counted
from ledger.insight.questions import grouped
from ledger.insight.story import standings
from webapp.costs.state import costs_of
from webapp.stories import ranked
from webapp.stories import story
from webapp.stories import story_of_job
from webapp.stories import story_of_machine

Ask = Callable[[Queries], object]

QUESTIONS: dict[str, Ask] = {
    "first page": lambda ask: ask.records(),
    "page 20,000 of the newest": lambda ask: ask.records(after=_cursor(None, 50)),
    "one job": lambda ask: ask.records(Filter(job=("sort",))),
    "three filters, by runtime": lambda ask: ask.records(
        Filter(job=("sort", "grep-v2"), machine_type=("m4.2xlarge",), status=("accepted",)),
        sort=Sort.RUNTIME_SECONDS,
    ),
    "by machine type": lambda ask: ask.records(sort=Sort.MACHINE_TYPE, descending=False),
    "by start, from the middle": lambda ask: ask.records(
        sort=Sort.STARTED_AT, after=_cursor(1_650_000_000_000_000, 1)
    ),
    "runtime range, by input": lambda ask: ask.records(
        Filter(runtime_min=60, runtime_max=600), sort=Sort.INPUT_BYTES
    ),
    "a word": lambda ask: ask.records(Filter(q="backfill")),
    "a word that few have": lambda ask: ask.records(Filter(q="k=4711")),
    "facets": lambda ask: ask.facets(),
    "facets under three filters": lambda ask: ask.facets(
        Filter(job=("sort",), provider=("aws",), status=("accepted", "rejected"))
    ),
    "facets of a search": lambda ask: ask.facets(Filter(q="spark eu")),
    "ranges": lambda ask: ask.bins(),
    "overview": lambda ask: ask.overview(),
    "contributors": lambda ask: ask.contributors(),
    "names of jobs": lambda ask: most_frequent(ask, "job"),
    "story of a job": lambda ask: _job(ask, "sort"),
    "story of a machine type": lambda ask: _machine(ask, "m4.2xlarge"),
    "story of a contributor": lambda ask: story(ask, Filter(contributor=(_some_contributor(ask),))),
    "cost of a job": lambda ask: costs_of(ask, "sort", 0, {"m4.2xlarge": "0.4"}),
    "two jobs compared": lambda ask: _compare(ask, Filter(job=("sort",)), Filter(job=("grep",))),
    "two machine types compared": lambda ask: _compare(
        ask, Filter(machine_type=("m4.2xlarge",)), Filter(machine_type=("c4.2xlarge",))
    ),
    "all of Spark and all of Flink compared": lambda ask: _compare(
        ask, Filter(framework=("spark",)), Filter(framework=("flink",))
    ),
    "chart over nodes, of everything": lambda ask: along(
        ask, counted(ALL), "machine_type", "nodes"
    ),
    "chart over input sizes, of a job": lambda ask: along(
        ask, counted(Filter(job=("sort",))), "machine_type", "input_bytes"
    ),
}


def _job(ask: Queries, name: str) -> object:
    """What `webapp.jobs` shows beside charts of one input."""
    told = story_of_job(ask, name)
    chosen = counted(told.chosen)
    reference = told.values["machine_type"][0].value
    return told, standings(ask, chosen, reference), grouped(ask, chosen, ("machine_type", "nodes"))


def _machine(ask: Queries, name: str) -> object:
    """What `webapp.machines` shows."""
    told = story_of_machine(ask, name)
    return told, ranked(ask, told, name), grouped(ask, counted(told.chosen), ("job",))


def _compare(ask: Queries, *sides: Filter) -> object:
    return compare(ask, [Side(each) for each in sides])


def _some_contributor(ask: Queries) -> str:
    return ask.records(limit=1).rows[0].contributor or ""


def _cursor(value: int | None, key: int) -> str:
    return Cursor(value, key).text()
