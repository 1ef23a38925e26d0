"""What runs say together, as JSON: the data of the pages that compare and that tell stories."""

from typing import Any

from flask import Response
from flask import request
from flask import url_for
from pydantic import Field

from ledger.insight.compare import Measured
from ledger.insight.compare import compare as compared
from ledger.insight.comparison import CONFIDENCE
from ledger.insight.comparison import Ratio
from webapp.api.models import Answer
from webapp.api.routes import answer
from webapp.api.routes import blueprint
from webapp.compare.sides import OF
from webapp.compare.sides import columns_of
from webapp.compare.words import verdict
from webapp.serving import queries


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
