"""Pages of machine types."""

from flask import Blueprint
from flask import render_template
from flask.typing import ResponseReturnValue

from ledger.index.filters import ALL
from ledger.insight.names import most_frequent
from ledger.insight.questions import counted
from ledger.insight.questions import divided
from ledger.insight.questions import grouped
from webapp.boxes import cluster_of
from webapp.boxes import variation
from webapp.machines.charts import standings_chart
from webapp.named import name_pages
from webapp.serving import queries
from webapp.stories import ranked
from webapp.stories import story_of_machine

blueprint = Blueprint("machines", __name__, url_prefix="/machines", template_folder="templates")


@blueprint.get("")
def listing() -> ResponseReturnValue:
    """Every machine type, the most frequent first."""
    return render_template("machines/list.html", rows=most_frequent(queries(), "machine_type"))


def detail(name: str) -> ResponseReturnValue:
    """One machine type: what ran on it, how fast against others, and how alike.

    Raises:
        NotFoundError: no record names such a machine type.
    """
    answers = queries()
    told = story_of_machine(answers, name)
    standings = ranked(answers, told, name)
    by_job = grouped(answers, counted(told.chosen), ("job",))
    return render_template(
        "machines/detail.html",
        name=name,
        told=told,
        standings=standings,
        chart=standings_chart(name, standings),
        several=divided(answers, counted(ALL), "job", "machine_type"),
        jobs={group.key[0]: group.runtime for group in by_job},
        cluster_of=cluster_of,
        variation=variation,
    )


name_pages(blueprint, detail, "machine_url")
