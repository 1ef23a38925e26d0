"""The page of costs."""

from flask import Blueprint
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue

from webapp.boxes import cluster_of
from webapp.costs.charts import cost_chart
from webapp.costs.charts import usd
from webapp.costs.state import USD
from webapp.costs.state import asked
from webapp.costs.state import costs_of
from webapp.jobs.telling import name_of
from webapp.serving import queries

blueprint = Blueprint("costs", __name__, url_prefix="/cost", template_folder="templates")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """What a job costs on each cluster, at the reader's prices; without a job, which there are."""
    answers = queries()
    jobs = answers.facets()["job"]
    if not request.args.get("job"):
        return render_template("costs/choose.html", jobs=jobs)
    costs = costs_of(answers, *asked(request.args))
    return render_template(
        "costs/show.html",
        costs=costs,
        jobs=jobs,
        chart=cost_chart(costs.rows, name_of(costs.work)) if costs.work else None,
        fastest=min(costs.rows, key=lambda each: each.repeats.runtime.median, default=None),
        prefix=USD,
        name_of=name_of,
        cluster_of=cluster_of,
        usd=usd,
    )
