"""Pages of contributors."""

from flask import Blueprint
from flask import render_template
from flask.typing import ResponseReturnValue

from ledger.index.filters import Filter
from ledger.index.views import LedgerStatus
from webapp.serving import queries
from webapp.status_split import split

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
    counts = {value.value: value.count for value in answers.facets(chosen)["status"]}
    return render_template(
        "people/contributor.html",
        row=row,
        split=split({status: counts.get(status, 0) for status in LedgerStatus}),
        page=answers.records(chosen, limit=RECORDS_SHOWN),
    )
