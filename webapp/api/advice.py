"""How long a run will take, and where it should run, as JSON."""

from http import HTTPStatus
from typing import Annotated

from flask import Response
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import WithJsonSchema

from ledger.capture.scalars import pairs
from ledger.insight.advised import Predicted
from ledger.insight.advised import Recommended
from ledger.insight.cost import MOST_TYPES
from ledger.insight.cost import price_of
from ledger.insight.evidence import Only
from ledger.model.advice.conditions import CONFIDENCE
from ledger.model.advice.conditions import Conditions
from ledger.model.advice.wishes import TRIALS
from ledger.model.advice.wishes import Wishes
from ledger.model.observation import Query
from ledger.model.prediction import LEVEL
from webapp.advice.answering import advisor
from webapp.api.formats import AddressText
from webapp.api.formats import Bytes
from webapp.api.formats import Duration
from webapp.api.formats import PriceText
from webapp.api.formats import Text
from webapp.api.formats import Whole
from webapp.api.operations import Content
from webapp.api.operations import Tag
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.serving import queries

MOST_PAIRS = 32
MOST_NODES = 1_000_000
MOST_SCALES = 64
MOST_CORES = 100_000
MOST_TRIALS = 20

Pair = Annotated[str, Field(pattern=r"^[^=]{1,128}=.{0,256}$")]
Pairs = Annotated[tuple[Pair, ...], Field(max_length=MOST_PAIRS)]
Nodes = Annotated[
    Whole,
    Field(ge=1, le=MOST_NODES),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_NODES}),
]
Cores = Annotated[
    Whole,
    Field(ge=1, le=MOST_CORES),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_CORES}),
]
Trials = Annotated[
    Whole,
    Field(le=MOST_TRIALS),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MOST_TRIALS}),
]


def _number(pattern: str) -> object:
    return WithJsonSchema({"type": "string", "pattern": pattern})


_SHARE = r"^0(\.[0-9]{1,12})?$"
_AMOUNT = r"^[0-9]{1,9}(\.[0-9]{1,9})?$"
_AT_LEAST_HALF = r"^0\.[5-9][0-9]{0,11}$"
Share = Annotated[str, Field(pattern=_SHARE), _number(_SHARE)]
Confidence = Annotated[str, Field(pattern=_AT_LEAST_HALF), _number(_AT_LEAST_HALF)]
Amount = Annotated[str, Field(pattern=_AMOUNT), _number(_AMOUNT)]


class Asked(BaseModel):
    """Which run is asked about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    framework: Text | None = Field(None, description="Of the job, e.g. `spark`; without: any.")
    input_bytes: Bytes | None = Field(
        None, description="Size of its input: bytes, or with a unit (`15 GB`)."
    )
    parameter: Pairs = Field((), description="Parameters of the job, each as `name=value`.")
    trait: Pairs = Field((), description="Properties of the input, each as `name=value`.")
    only: Only = Field(
        Only.ACCEPTED,
        description="Which records to learn from; of `any`, what is not accepted weighs less.",
    )

    contributor: AddressText | None = Field(
        None,
        description="Who will run it: their runs are told from those of others.",
    )

    def query(
        self,
        job: str,
        nodes: int = 1,
        machine_type: str | None = None,
        cores_per_node: int | None = None,
    ) -> Query:
        """The run."""
        return Query(
            job=job,
            nodes=nodes,
            framework=self.framework,
            size_bytes=self.input_bytes,
            machine_type=machine_type,
            cores_per_node=cores_per_node,
            contributor=self.contributor,
            parameters=pairs(self.parameter, "parameter="),
            characteristics=pairs(self.trait, "trait="),
        )


class PredictionAsked(Asked):
    """A run, and the interval that is wanted."""

    nodes: Nodes = Field(1, description="Its scale-out.")
    machine_type: Text | None = Field(
        None, description="Of its nodes; without: the one with most records."
    )
    cores_per_node: Cores | None = Field(
        None, description="Of a node, where no record says how many the machine type has."
    )
    level: Share = Field(
        f"{LEVEL}", description="Share of runs that the interval should hold, below 1."
    )


class RecommendationAsked(Asked):
    """A run, what it has to keep, and what may be chosen."""

    deadline: Duration | None = Field(
        None, description="When it has to be over: seconds, or with a unit (`10 min`)."
    )
    budget: Amount | None = Field(
        None, description="What a run may cost: US dollars with prices, else core-hours."
    )
    confidence: Confidence = Field(
        f"{CONFIDENCE}",
        description="Probability with which both are kept, from 0.5 to below 1.",
    )
    price: Annotated[tuple[PriceText, ...], Field(max_length=MOST_TYPES)] = Field(
        (), description="US dollars for an hour of one node, as `m4.2xlarge:0.40`."
    )
    machine_type: Annotated[tuple[Text, ...], Field(max_length=MOST_TYPES)] = Field(
        (), description="Machine types that may be chosen; without: all that the job ran on."
    )
    nodes: Annotated[tuple[Nodes, ...], Field(max_length=MOST_SCALES)] = Field(
        (), description="Scale-outs that may be chosen; without: those between which it ran."
    )
    trials: Trials = Field(TRIALS, description="How many runs to name that would tell most.")

    def wishes(self) -> Wishes:
        """What has to be kept, and what may be chosen.

        Raises:
            InvalidConditionError: a condition is out of range.
            InvalidPriceError: a price is.
        """
        given = [each.rpartition(":")[::2] for each in self.price]
        return Wishes(
            conditions=Conditions(
                self.deadline,
                None if self.budget is None else float(self.budget),
                float(self.confidence),
            ),
            prices={name: price_of(price) for name, price in given},
            machine_types=self.machine_type,
            nodes=self.nodes,
            experiments=self.trials,
        )


@operation(
    "/predict/{job_name}",
    Tag.INSIGHT,
    Content(model=Predicted),
    query=PredictionAsked,
    refusals=(HTTPStatus.NOT_FOUND,),
)
def predict(asked: PredictionAsked, job_name: str) -> Response:
    """How long a run will take, how sure that is, and which records say so.

    It is refused (404) where too few runs are known that can be compared, or all are too far away.
    """
    query = asked.query(job_name, asked.nodes, asked.machine_type, asked.cores_per_node)
    level = float(asked.level)
    return answer(advisor().predict(queries(), query, only=asked.only, level=level))


@operation(
    "/recommend/{job_name}",
    Tag.INSIGHT,
    Content(model=Recommended),
    query=RecommendationAsked,
    refusals=(HTTPStatus.NOT_FOUND,),
)
def recommend(asked: RecommendationAsked, job_name: str) -> Response:
    """Where a run should run: the cheapest cluster by a deadline, or the fastest under a budget.

    Of every cluster: runtime, cost, and the probability that it keeps what was asked for; and which
    runs would tell most. It is refused (404) where of no cluster a runtime can be foretold.
    """
    query = asked.query(job_name)
    return answer(advisor().recommend(queries(), query, asked.wishes(), only=asked.only))
