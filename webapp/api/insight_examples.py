"""What answers about many runs look like: made by what makes the real ones, of a few runs."""

from datetime import UTC
from datetime import datetime

from ledger.client.insights import Compared
from ledger.client.insights import ComparedSide
from ledger.client.insights import Cost
from ledger.client.insights import Names
from ledger.client.insights import Person
from ledger.client.insights import StoryOf
from ledger.index.views import Activity
from ledger.index.views import Agreement
from ledger.index.views import Day
from ledger.index.views import FacetValue
from ledger.index.views import Objection
from ledger.insight.compare import Measured
from ledger.insight.comparison import CONFIDENCE
from ledger.insight.comparison import Method
from ledger.insight.comparison import Ratio
from ledger.insight.configurations import Configuration
from ledger.insight.configurations import Repeats
from ledger.insight.cost import priced
from ledger.insight.names import Named
from ledger.insight.questions import Configurations
from ledger.insight.questions import Period
from ledger.insight.reputation import reputation
from ledger.insight.spread import Quartiles
from ledger.insight.spread import Spread
from ledger.insight.story import Consistency
from ledger.insight.story import Standing
from ledger.insight.works import Work

_RUNS = Spread.of([118.2, 120.5, 125.0])
_SORT = Configuration(
    job="sort",
    framework="spark",
    algorithm=None,
    machine_type="m4.2xlarge",
    provider="aws",
    nodes=4,
    input_bytes=10_000_000_000,
    search="sort spark 3.5.1 m4.2xlarge aws",
)
_REPEATS = Repeats(configuration=_SORT, runtime=_RUNS)
_RATIO = Ratio(
    ratio=0.58,
    low=0.55,
    high=0.61,
    method=Method.MATCHED,
    configurations=3,
    runs=9,
    baseline_runs=9,
)
_MEASURED = Measured(
    runtime=_RUNS,
    configurations=1,
    variation=0.03,
    input_bytes=(10_000_000_000, 10_000_000_000),
    percentiles=[118.2, 120.5, 125.0],
    history=[Period(begins=datetime(2024, 3, 1, tzinfo=UTC), runtime=_RUNS)],
)


def _side(nodes: int, ratio: Ratio | None, says: str) -> ComparedSide:
    return ComparedSide(
        of=f"job=sort&nodes={nodes}",
        label=f"sort, {nodes} nodes",
        record=None,
        measured=_MEASURED,
        against_first=ratio,
        says=says,
    )


_WORK = Work(
    job="sort",
    algorithm=None,
    input_bytes=10_000_000_000,
    settings=(),
    runs=3,
    clusters=[_REPEATS],
)

EXAMPLES = (
    Cost(job="sort", work=_WORK, works=1, rows=priced([_REPEATS], {"m4.2xlarge": 0.4})),
    Compared(
        confidence=CONFIDENCE,
        sides=[_side(4, None, ""), _side(8, _RATIO, "sort, 8 nodes takes 0.58 times as long.")],
        page="/compare?of=job%3Dsort%26nodes%3D4&of=job%3Dsort%26nodes%3D8",
    ),
    Names(
        rows=[
            Named(
                name="sort",
                records=49,
                accepted=48,
                refused=1,
                others=["m4.2xlarge"],
                contributors=2,
                runtime=Quartiles.of_ascending([118.2, 120.5, 125.0]),
            )
        ]
    ),
    StoryOf(
        name="sort",
        records=49,
        values={"machine_type": [FacetValue(value="m4.2xlarge", count=49)]},
        configurations=Configurations(rows=[_REPEATS], total=1, runs=3),
        consistency=Consistency(
            configurations=1, repeated=1, median=0.03, most_within=0.03, worst=[_REPEATS]
        ),
        works=[_WORK],
        reference="m4.2xlarge",
        standings=[Standing(machine_type="c4.2xlarge", runs=9, ratio=_RATIO)],
    ),
    Person(
        address="0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF",
        reputation=reputation(47, 48),
        activity=Activity(
            days=[Day(day="2024-03-01", records=0, accepted=48, rejected=1)],
            objections=[
                Objection(
                    code=5,
                    reason="impossible-cpu",
                    meaning="More processor time than its cores had.",
                    verdicts=1,
                )
            ],
            agreements=[Agreement(batch_id="0x" + "5b" * 32, agreed=24, decided=24)],
        ),
    ),
)
