"""What runs say together, as JSON: the data of the pages that compare and that tell stories."""

from http import HTTPStatus
from typing import Annotated

from flask import Response
from flask import url_for
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import WithJsonSchema

from ledger.client.insights import Compared
from ledger.client.insights import ComparedSide
from ledger.client.insights import Cost
from ledger.client.insights import Names
from ledger.client.insights import Person
from ledger.client.insights import StoryOf
from ledger.insight.compare import FEWEST
from ledger.insight.compare import MOST
from ledger.insight.compare import compare as compared
from ledger.insight.comparison import CONFIDENCE
from ledger.insight.cost import MOST_TYPES
from ledger.insight.names import most_frequent
from ledger.insight.questions import configurations
from ledger.insight.questions import counted
from ledger.insight.reputation import reputation
from ledger.insight.story import Standing
from ledger.insight.story import standings
from webapp.api.formats import PriceText
from webapp.api.operations import Content
from webapp.api.operations import Tag
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.compare.sides import OF
from webapp.compare.sides import columns_of
from webapp.compare.words import verdict
from webapp.costs.state import costs_of
from webapp.serving import queries
from webapp.stories import Story
from webapp.stories import ranked
from webapp.stories import story_of_job
from webapp.stories import story_of_machine

SideText = Annotated[str, Field(min_length=1)]


class Sides(BaseModel):
    """What is compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: Annotated[
        tuple[SideText, ...],
        Field(min_length=FEWEST, max_length=MOST),
        WithJsonSchema(
            {
                "type": "array",
                "items": {"type": "string", "format": "comparison-side"},
                "minItems": FEWEST,
                "maxItems": MOST,
                "uniqueItems": True,
            }
        ),
    ] = Field(
        description="A CID, or a filter written as a query string (`job=sort&nodes=4`, "
        "percent-encoded).",
    )


class Prices(BaseModel):
    """Which input is priced, and at what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    work: Annotated[int, Field(ge=0, le=999_999)] = Field(
        0, description="Which of its inputs and parameters; 0: what ran on the most clusters."
    )
    price: Annotated[tuple[PriceText, ...], Field(max_length=MOST_TYPES)] = Field(
        (), description="US dollars for an hour of one node, as `m4.2xlarge:0.40`."
    )


@operation("/jobs", Tag.INSIGHT, Content(model=Names))
def jobs() -> Response:
    """Every job, the most frequent first, with what came of its records."""
    return answer(Names(rows=most_frequent(queries(), "job")))


@operation("/jobs/{job_name}", Tag.INSIGHT, Content(model=StoryOf))
def job(job_name: str) -> Response:
    """What a job takes, where it is fastest, and how consistent its repeats are."""
    told = story_of_job(queries(), job_name)
    reference = next((each.value for each in told.values["machine_type"]), None)
    standing = standings(queries(), counted(told.chosen), reference) if reference else []
    return _story(job_name, told, reference, standing)


@operation("/machines", Tag.INSIGHT, Content(model=Names))
def machines() -> Response:
    """Every machine type, the most frequent first, with what came of its records."""
    return answer(Names(rows=most_frequent(queries(), "machine_type")))


@operation("/machines/{machine_type}", Tag.INSIGHT, Content(model=StoryOf))
def machine(machine_type: str) -> Response:
    """What ran on a machine type, how it stands against others, and how consistent repeats are."""
    answers = queries()
    told = story_of_machine(answers, machine_type)
    standing = ranked(answers, told, machine_type)
    return _story(machine_type, told, machine_type, standing)


@operation("/contributors/{address}/story", Tag.INSIGHT, Content(model=Person))
def contributor_story(address: str) -> Response:
    """What a contributor did over time, what was said of it, and the reputation that follows."""
    answers = queries()
    row = answers.contributor(address)
    decided = row.accepted + row.rejected + row.disputed
    activity = answers.contributor_activity(row.address)
    return answer(
        Person(address=row.address, reputation=reputation(row.accepted, decided), activity=activity)
    )


@operation("/validators/{address}/story", Tag.INSIGHT, Content(model=Person))
def validator_story(address: str) -> Response:
    """What a validator said over time, why, and how often the quorum said the same."""
    answers = queries()
    row = answers.validator(address)
    activity = answers.validator_activity(row.address)
    return answer(
        Person(
            address=row.address, reputation=reputation(row.agreed, row.decided), activity=activity
        )
    )


@operation("/cost/{job_name}", Tag.INSIGHT, Content(model=Cost), query=Prices)
def cost(asked: Prices, job_name: str) -> Response:
    """What a job costs on each cluster, at prices of your own for an hour of one node.

    A run costs its nodes, times the hours of the median run, times the price of its machine type.
    Machine types without a price are left out.
    """
    given = dict(each.rpartition(":")[::2] for each in asked.price)
    found = costs_of(queries(), job_name, asked.work, given)
    return answer(
        Cost(job=found.job, work=found.work, works=found.works_total, rows=list(found.rows))
    )


def _story(
    name: str,
    told: Story,
    reference: str | None,
    standing: list[Standing],
) -> Response:
    return answer(
        StoryOf(
            name=name,
            records=told.records,
            values=dict(told.values),
            configurations=configurations(queries(), counted(told.chosen)),
            consistency=told.ran.consistency,
            works=told.ran.works,
            reference=reference,
            standings=standing,
        )
    )


@operation(
    "/compare",
    Tag.INSIGHT,
    Content(model=Compared),
    query=Sides,
    refusals=(HTTPStatus.NOT_FOUND,),
)
def compare(asked: Sides) -> Response:
    """Compare records, or groups of them, side by side."""
    answers = queries()
    columns = columns_of(answers, asked.of)
    found = compared(answers, [column.side for column in columns])
    sides = [
        ComparedSide(
            of=column.param,
            label=column.label,
            record=None if column.side.record is None else column.side.record.record,
            measured=measured,
            against_first=ratio,
            says="" if column is columns[0] else verdict(columns[0], column, ratio),
        )
        for column, measured, ratio in zip(columns, found.sides, found.ratios, strict=True)
    ]
    page = url_for("compare.show", **{OF: [column.param for column in columns]})  # type: ignore[arg-type]
    return answer(Compared(confidence=CONFIDENCE, sides=sides, page=page))
