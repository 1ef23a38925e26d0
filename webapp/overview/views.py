"""The first page and the search."""

from flask import Blueprint
from flask import redirect
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue

from ledger.index.views import LedgerStatus
from webapp.overview.advice import advise
from webapp.overview.charts import jobs_chart
from webapp.overview.charts import timeline_chart
from webapp.overview.search import target_of
from webapp.serving import queries
from webapp.status_split import split

blueprint = Blueprint("overview", __name__, template_folder="templates")


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The ledger in figures."""
    found = queries().overview()
    return render_template(
        "overview/home.html",
        overview=found,
        split=split({status: found.by_status.get(status, 0) for status in LedgerStatus}),
        advice=advise(found),
        jobs_chart=jobs_chart(found.jobs) if found.jobs else None,
        timeline_chart=timeline_chart(found.timeline) if found.timeline else None,
    )


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    """What a search leads to."""
    text = request.args.get("q", "").strip()
    validators = frozenset(row.address.lower() for row in queries().validators())
    return redirect(target_of(text, validators))
