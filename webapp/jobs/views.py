"""Pages of jobs."""

import re

from flask import Blueprint
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue

from ledger.insight.names import most_frequent
from ledger.insight.questions import counted
from ledger.insight.questions import several
from webapp.boxes import cluster_of
from webapp.boxes import variation
from webapp.jobs.telling import name_of
from webapp.jobs.telling import tell
from webapp.named import name_pages
from webapp.serving import queries
from webapp.stories import story_of_job

_PLACE = re.compile(r"[0-9]{1,6}")

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs", template_folder="templates")


@blueprint.get("")
def listing() -> ResponseReturnValue:
    """Every job, the most frequent first."""
    return render_template("jobs/list.html", rows=most_frequent(queries(), "job"))


def detail(name: str) -> ResponseReturnValue:
    """One job: how much ran, how well attested, how alike; what it takes, and where it is fastest.

    Raises:
        NotFoundError: no record is of such a job.
    """
    answers = queries()
    told = story_of_job(answers, name)
    place = request.args.get("work", "0")
    shown = tell(answers, told, int(place) if _PLACE.fullmatch(place) else 0)
    return render_template(
        "jobs/detail.html",
        name=name,
        told=told,
        shown=shown,
        splits=several(answers, counted(told.chosen), "machine_type"),
        name_of=name_of,
        cluster_of=cluster_of,
        variation=variation,
    )


name_pages(blueprint, detail, "job_url")
