"""The page of the network, and what refreshes it."""

from dataclasses import asdict
from datetime import UTC
from datetime import datetime

from flask import Blueprint
from flask import Response
from flask import jsonify
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue

from ledger.peers.replication import Sort
from webapp.network.figures import copies_chart
from webapp.network.figures import figures_of
from webapp.network.state import page_of
from webapp.network.state import parse
from webapp.network.tables import batches_table
from webapp.network.tables import failures_table
from webapp.network.tables import peers_table
from webapp.network.tables import wants_table
from webapp.serving import node

blueprint = Blueprint("network", __name__, url_prefix="/network", template_folder="templates")


@blueprint.get("")
def home() -> ResponseReturnValue:
    """Who holds what."""
    batches = node().replication()
    page = page_of(batches, parse(request.args))
    standing = node().standing(batches)
    return render_template(
        "network/home.html",
        standing=standing,
        page=page,
        listing=page.listing,
        figures=figures_of(standing),
        chart=copies_chart(standing.by_copies),
        peers=peers_table(standing),
        missing=wants_table(standing),
        failures=failures_table(standing),
        batches=batches_table(page.rows),
        updated=_clock(standing.at),
        sorts=Sort,
    )


@blueprint.get("/figures.json")
def figures() -> Response:
    """The same as texts by place, for the script that refreshes the page."""
    batches = node().replication()
    page = page_of(batches, parse(request.args))
    standing = node().standing(batches)
    chart = copies_chart(standing.by_copies)
    tables = (
        peers_table(standing),
        wants_table(standing),
        failures_table(standing),
        batches_table(page.rows),
    )
    answer = jsonify(
        updated=_clock(standing.at),
        figures=[asdict(figure) for figure in figures_of(standing)],
        tables={table.name: table.as_dict() for table in tables},
        chart={"figure": chart.figure, "rows": chart.rows, "summary": chart.summary},
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S} UTC"
