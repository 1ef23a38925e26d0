"""Badges as files that any page may embed."""

from http import HTTPStatus

from flask import Blueprint
from flask import Response
from flask import request

from ledger.errors import PerfledgerError
from ledger.index.filters import Filter
from webapp.badges.drawing import Colour
from webapp.badges.drawing import drawn
from webapp.badges.wording import Badge
from webapp.badges.wording import of_filter
from webapp.badges.wording import of_record
from webapp.problems import status_of
from webapp.records.state import parse_filter
from webapp.serving import queries

blueprint = Blueprint("badges", __name__)

_SECONDS = 300
"""For how long caches show a badge before they ask for it again."""

_WRONG = {
    HTTPStatus.NOT_FOUND: "not found",
    HTTPStatus.BAD_REQUEST: "invalid filter",
}


@blueprint.get("/records/<cid>/badge.svg")
def of_one(cid: str) -> Response:
    """Where a record stands."""
    try:
        answers = queries()
        badge = of_record(answers.row(answers.resolve(cid)))
    except PerfledgerError as error:
        return _wrong(error)
    return _image(badge)


@blueprint.get("/badge.svg")
def of_many() -> Response:
    """How many records pass a filter, and how many of them are accepted."""
    try:
        chosen = parse_filter(request.args)[1]
    except PerfledgerError as error:
        return _wrong(error)
    if set(request.args) - set(Filter.model_fields):
        return _image((_WRONG[HTTPStatus.BAD_REQUEST], Colour.WAITING), HTTPStatus.BAD_REQUEST)
    return _image(of_filter(queries(), chosen))


def _wrong(error: PerfledgerError) -> Response:
    """A picture too: where a badge is shown, nobody reads anything else."""
    status = status_of(error)
    return _image((_WRONG.get(status, "unavailable"), Colour.WAITING), status)


def _image(badge: Badge, status: HTTPStatus = HTTPStatus.OK) -> Response:
    response = Response(drawn(*badge), status, mimetype="image/svg+xml")
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if status is HTTPStatus.OK:
        response.headers["Cache-Control"] = f"public, max-age={_SECONDS}"
        response.add_etag()
        response.make_conditional(request)
    else:
        response.headers["Cache-Control"] = "no-store"
    return response
