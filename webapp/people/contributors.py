"""Pages of contributors."""

from flask import Blueprint
from flask import render_template
from flask.typing import ResponseReturnValue

from ledger.index.filters import Filter
from ledger.insight.reputation import reputation
from webapp.boxes import cluster_of
from webapp.boxes import variation
from webapp.people.charts import contributions_chart
from webapp.serving import queries
from webapp.stories import story

blueprint = Blueprint(
    "contributors", __name__, url_prefix="/contributors", template_folder="templates"
)

RECORDS_SHOWN = 10


@blueprint.get("")
def listing() -> ResponseReturnValue:
    """Everyone who contributed, the most records first."""
    return render_template("people/contributors.html", rows=queries().contributors())


@blueprint.get("/<address>")
def detail(address: str) -> ResponseReturnValue:
    """One contributor: what they contributed and what came of it."""
    answers = queries()
    row = answers.contributor(address)
    chosen = Filter(contributor=(row.address,))
    activity = answers.contributor_activity(row.address)
    return render_template(
        "people/contributor.html",
        row=row,
        told=story(answers, chosen),
        reputation=reputation(row.accepted, row.accepted + row.rejected + row.disputed),
        objections=activity.objections,
        chart=contributions_chart(activity.days),
        page=answers.records(chosen, limit=RECORDS_SHOWN),
        cluster_of=cluster_of,
        variation=variation,
    )
