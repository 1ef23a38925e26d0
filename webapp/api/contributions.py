"""Contributing by program."""

from http import HTTPStatus

from flask import Response
from flask import request
from flask import url_for

from webapp.api.models import Contributed
from webapp.api.models import Contributions
from webapp.api.models import Fault
from webapp.api.routes import answer
from webapp.api.routes import blueprint
from webapp.contribute import intake
from webapp.contribute.staging import Upload
from webapp.paging import limit_of
from webapp.problems import MissingFieldError
from webapp.serving import node

MOST_CONTRIBUTIONS = 500

_KINDS = {
    "application/json": "json",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}


@blueprint.post("/contributions")
def contribute() -> Response:
    """Contribute records: a multipart form with `file`, or the content itself as the body."""
    signer = intake.signer_of(node(), _asked_signer())
    done = intake.contribute(node(), _upload(), signer)
    found = [node().contribution(identifier) for identifier in done.contributions]
    response = answer(
        Contributed(
            contribution=found[-1] if found else None,
            contributions=found,
            new=done.new,
            known=done.known,
            bad=done.preview.bad,
            faults=[
                Fault(row=bad.row, line=bad.line, column=bad.column, reason=bad.reason)
                for bad in done.preview.faults
            ],
        ),
        HTTPStatus.CREATED if found else HTTPStatus.OK,
    )
    if found:
        response.headers["Location"] = url_for("api.contribution", identifier=found[-1].id)
    return response


@blueprint.get("/contributions")
def contributions() -> Response:
    """The latest contributions of this node, newest first."""
    latest = node().latest_contributions(limit_of(request.args, MOST_CONTRIBUTIONS))
    return answer(Contributions(contributions=latest))


@blueprint.get("/contributions/<identifier>")
def contribution(identifier: str) -> Response:
    """How far a contribution has come."""
    return answer(node().contribution(identifier))


def _upload() -> Upload:
    if request.mimetype == "multipart/form-data":
        return intake.upload_of(request.form, request.files)
    content = request.get_data()
    if not content.strip():
        raise MissingFieldError(
            "the request has no body", hint="Send records as JSON, JSONL, CSV or TSV."
        )
    kind = intake.kind_of(request.args.get("kind", "")) or _KINDS.get(request.mimetype)
    return Upload(content, request.args.get("name", ""), kind)


def _asked_signer() -> str:
    """The account that is to sign; empty: the app's first."""
    return request.args.get("signer") or request.form.get("signer") or ""
