"""Pages that say how to cite and how to embed."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from flask import Flask
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from webapp.cite.sharing import share_batch
from webapp.cite.sharing import share_filter
from webapp.cite.sharing import share_record
from webapp.records.state import parse_filter
from webapp.serving import queries

blueprint = Blueprint("cite", __name__, template_folder="templates")

_BY_NAME: Mapping[str, str] = {
    "jobs": "job",
    "machines": "machine_type",
    "contributors": "contributor",
    "validators": "validator",
}
"""Page family → the filter of the records that one of its pages is about."""


def init_app(app: Flask) -> None:
    """Give templates the way to the page that cites theirs."""
    app.jinja_env.globals["cite_url"] = cite_url


def cite_url(name: str = "") -> str:
    """The page that cites what the present page shows.

    Args:
        name: of what a page is about, where its address does not name it alone.
    """
    given = request.view_args or {}
    if request.endpoint == "records.detail":
        return url_for("cite.record", **given)
    if request.endpoint == "batches.detail":
        return url_for("cite.batch", **given)
    chosen: dict[str, Any] = dict(parse_filter(request.args)[0])
    if (named := _BY_NAME.get(request.blueprint or "")) is not None:
        chosen = {named: name or given["address"]}
    return url_for("cite.question", **chosen)


@blueprint.get("/records/<cid>/cite")
def record(cid: str) -> ResponseReturnValue:
    """How to cite a record."""
    return render_template("cite/page.html", shared=share_record(queries().record(cid)))


@blueprint.get("/batches/<batch_id>/cite")
def batch(batch_id: str) -> ResponseReturnValue:
    """How to cite a batch."""
    return render_template("cite/page.html", shared=share_batch(queries().batch(batch_id)))


@blueprint.get("/cite")
def question() -> ResponseReturnValue:
    """How to cite the records that pass a filter."""
    given, chosen = parse_filter(request.args)
    return render_template("cite/page.html", shared=share_filter(given, chosen))
