"""Pages of validators."""

from flask import Blueprint
from flask import render_template
from flask.typing import ResponseReturnValue

from ledger.insight.reputation import reputation
from webapp.people.charts import verdicts_chart
from webapp.serving import queries

blueprint = Blueprint("validators", __name__, url_prefix="/validators", template_folder="templates")


@blueprint.get("")
def listing() -> ResponseReturnValue:
    """Everyone ever admitted, active ones first."""
    answers = queries()
    return render_template(
        "people/validators.html",
        rows=answers.validators(),
        quorum=answers.overview().quorum,
        chart=verdicts_chart(answers.validator_activity().days),
    )


@blueprint.get("/<address>")
def detail(address: str) -> ResponseReturnValue:
    """One validator: what they said, and how often others agreed."""
    answers = queries()
    row = answers.validator(address)
    activity = answers.validator_activity(row.address)
    return render_template(
        "people/validator.html",
        row=row,
        reputation=reputation(row.agreed, row.decided),
        attestations=answers.attestations(row.address),
        agreements={each.batch_id: each for each in activity.agreements},
        objections=activity.objections,
        chart=verdicts_chart(activity.days),
    )
