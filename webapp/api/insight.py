"""What runs say together, as JSON: the data of the pages that compare and that tell stories."""

from typing import Any

from flask import Response
from flask import request
from flask import url_for
from pydantic import Field

from ledger.index.views import Activity
from ledger.index.views import FacetValue
from ledger.insight.compare import Measured
from ledger.insight.compare import compare as compared
from ledger.insight.comparison import CONFIDENCE
from ledger.insight.comparison import Ratio
from ledger.insight.questions import Configurations
from ledger.insight.questions import Named
from ledger.insight.questions import most_frequent
from ledger.insight.reputation import Reputation
from ledger.insight.reputation import reputation
from ledger.insight.story import Consistency
from ledger.insight.story import Standing
from ledger.insight.story import Work
from ledger.insight.story import standings
from ledger.insight.story import works
from webapp.api.models import Answer
from webapp.api.routes import answer
from webapp.api.routes import blueprint
from webapp.compare.sides import OF
from webapp.compare.sides import columns_of
from webapp.compare.words import verdict
from webapp.jobs.telling import WORKS
from webapp.serving import queries
from webapp.stories import Story
from webapp.stories import ranked
from webapp.stories import story_of_job
from webapp.stories import story_of_machine


class ComparedSide(Answer):
    """One side of a comparison."""

    of: str = Field(description="The record's CID, or the group's filter.")
    label: str
    record: dict[str, Any] | None = Field(description="The record, if the side is one.")
    measured: Measured
    against_first: Ratio | None = Field(description="None for the first side.")
    says: str = Field(description="The same in words; empty for the first side.")


class Compared(Answer):
    """Sides of a comparison; every other is compared with the first."""

    confidence: float = Field(description="Of the intervals.")
    sides: list[ComparedSide]
    page: str = Field(description="The page that shows it.")


class Names(Answer):
    """Jobs or machine types, the most frequent first."""

    rows: list[Named]


class StoryOf(Answer):
    """What the records of a job, or of a machine type, tell."""

    name: str
    records: int
    values: dict[str, list[FacetValue]] = Field(description="By field, its most frequent values.")
    configurations: Configurations
    consistency: Consistency
    works: list[Work] = Field(description="What was done, wherever it ran; at most 40.")
    reference: str | None = Field(description="The machine type that the others stand against.")
    standings: list[Standing]


class Person(Answer):
    """A contributor's or a validator's standing, and what it rests on."""

    address: str
    reputation: Reputation
    activity: Activity


@blueprint.get("/jobs")
def jobs() -> Response:
    """Every job, the most frequent first, with what came of its records."""
    return answer(Names(rows=most_frequent(queries(), "job")))


@blueprint.get("/jobs/<path:name>")
def job(name: str) -> Response:
    """What a job takes, where it is fastest, and how consistent its repeats are."""
    told = story_of_job(queries(), name)
    done = works(told.ran.rows)
    reference = next((each.value for each in told.values["machine_type"]), None)
    return _story(name, told, done, reference, standings(told.ran.rows, reference or ""))


@blueprint.get("/machines")
def machines() -> Response:
    """Every machine type, the most frequent first, with what came of its records."""
    return answer(Names(rows=most_frequent(queries(), "machine_type")))


@blueprint.get("/machines/<path:name>")
def machine(name: str) -> Response:
    """What ran on a machine type, how it stands against others, and how consistent repeats are."""
    answers = queries()
    told = story_of_machine(answers, name)
    return _story(name, told, works(told.ran.rows), name, ranked(answers, told, name))


@blueprint.get("/contributors/<address>/story")
def contributor_story(address: str) -> Response:
    """What a contributor did over time, what was said of it, and the reputation that follows."""
    answers = queries()
    row = answers.contributor(address)
    decided = row.accepted + row.rejected + row.disputed
    activity = answers.contributor_activity(row.address)
    return answer(
        Person(address=row.address, reputation=reputation(row.accepted, decided), activity=activity)
    )


@blueprint.get("/validators/<address>/story")
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


def _story(
    name: str,
    told: Story,
    done: list[Work],
    reference: str | None,
    standing: list[Standing],
) -> Response:
    return answer(
        StoryOf(
            name=name,
            records=told.records,
            values=dict(told.values),
            configurations=told.ran,
            consistency=told.consistency,
            works=done[:WORKS],
            reference=reference,
            standings=standing,
        )
    )


@blueprint.get("/compare")
def compare() -> Response:
    """Records or groups side by side; `of` is a CID or a filter (URL-encoded), two to six times."""
    params = request.args.getlist(OF)
    answers = queries()
    columns = columns_of(answers, params)
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
