"""Pages of batches."""

from flask import Blueprint
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue

from ledger.index.filters import Filter
from ledger.index.views import LedgerStatus
from webapp.serving import node
from webapp.serving import queries
from webapp.status_split import split

blueprint = Blueprint("batches", __name__, url_prefix="/batches", template_folder="templates")

PER_PAGE = 50
RECORDS_SHOWN = 10


@blueprint.get("")
def listing() -> ResponseReturnValue:
    """Batches, newest first."""
    after = request.args.get("after") or None
    found = queries().batches(limit=PER_PAGE + 1, after=after)
    return render_template(
        "batches/list.html",
        batches=found[:PER_PAGE],
        after=after,
        next_after=found[PER_PAGE - 1].batch_id if len(found) > PER_PAGE else None,
    )


@blueprint.get("/<batch_id>")
def detail(batch_id: str) -> ResponseReturnValue:
    """One batch."""
    answers = queries()
    found = answers.batch(batch_id)
    chosen = Filter(batch=(found.batch.batch_id,))
    counts = {value.value: value.count for value in answers.facets(chosen)["status"]}
    return render_template(
        "batches/detail.html",
        detail=found,
        batch=found.batch,
        split=split({status: counts.get(status, 0) for status in LedgerStatus}),
        page=answers.records(chosen, limit=RECORDS_SHOWN),
        sealed=answers.envelopes(batch_id=found.batch.batch_id, limit=RECORDS_SHOWN),
        holders=node().holders(found.batch.batch_id),
    )
