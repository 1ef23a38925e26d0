"""Pages and files of records."""

from flask import Blueprint
from flask import Response
from flask import abort
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from ledger.index.queries.details import EncryptedRecordError
from ledger.index.views import Page
from webapp.compare.splitting import ran_elsewhere
from webapp.names import names_of
from webapp.records import facets
from webapp.records.anchoring import links
from webapp.records.charts import POINTS
from webapp.records.drawing import axis_of
from webapp.records.drawing import drawn
from webapp.records.export import FORMS
from webapp.records.export import download
from webapp.records.fields import field_groups
from webapp.records.files import block_file
from webapp.records.files import proof_file
from webapp.records.state import COLUMNS
from webapp.records.state import LIMITS
from webapp.records.state import ListState
from webapp.records.state import parse
from webapp.records.state import parse_filter
from webapp.revoking.who import is_offered
from webapp.serving import node
from webapp.serving import queries

blueprint = Blueprint("records", __name__, url_prefix="/records", template_folder="templates")


@blueprint.get("")
def listing() -> ResponseReturnValue:
    """Records, filtered, sorted and drawn as the address says."""
    state = parse(request.args)
    answers = queries()
    page = _page(state)
    names = names_of(node())
    axis = axis_of(answers, state) if page.total <= POINTS else None
    return render_template(
        "records/list.html",
        state=state,
        page=page,
        columns=COLUMNS,
        ranges=facets.ranges(state, answers.bins(state.chosen)),
        limits=LIMITS,
        points=POINTS,
        groups=facets.groups(state, answers.facets(state.chosen), names),
        chips=facets.chips(state, names),
        chart=drawn(answers, state, axis) if axis else None,
        axis=axis,
        empty_ledger=page.total == 0 and answers.count() == 0,
    )


def _page(state: ListState) -> Page:
    return queries().records(
        state.chosen,
        sort=state.sort,
        descending=state.descending,
        limit=state.limit,
        after=state.after,
        before=state.before,
    )


@blueprint.get("/chart")
def chart() -> ResponseReturnValue:
    """The chart of a list, on a page of its own, or as a part of the list's.

    A list of many records fetches it by itself: nobody should wait for it who came for the list.
    """
    state = parse(request.args)
    answers = queries()
    axis = axis_of(answers, state)
    template = "records/figure.html" if "part" in request.args else "records/chart.html"
    return render_template(
        template,
        state=state,
        axis=axis,
        chart=drawn(answers, state, axis),
        part="part" in request.args,
    )


@blueprint.get("/export.<form>")
def export(form: str) -> ResponseReturnValue:
    """Everything that passes the filter, as a file."""
    if form not in FORMS:
        abort(404)
    _, chosen = parse_filter(request.args)
    return download(queries(), chosen, form)


@blueprint.get("/<cid>")
def detail(cid: str) -> ResponseReturnValue:
    """Everything about one record; the beginning of a CID leads to it."""
    answers = queries()
    try:
        found = answers.record(cid)
    except EncryptedRecordError as error:
        return redirect(url_for("encrypted.detail", cid=error.cid))
    if found.row.cid != cid:
        return redirect(f"{blueprint.url_prefix}/{found.row.cid}")
    return render_template(
        "records/detail.html",
        detail=found,
        row=found.row,
        groups=field_groups(found.record),
        links=links(found),
        ran_elsewhere=ran_elsewhere(answers, found),
        revocable=is_offered(found.row),
    )


@blueprint.get("/<cid>/block")
def block(cid: str) -> Response:
    """The canonical bytes of a record, or any other block of the ledger."""
    return block_file(cid)


@blueprint.get("/<cid>/proof")
def proof(cid: str) -> Response:
    """The proof file of a record."""
    return proof_file(cid)
