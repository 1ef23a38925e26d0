"""The pages of contributing."""

from collections.abc import Sequence
from contextlib import suppress

from flask import Blueprint
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from ledger.capture.tables import Kind
from ledger.errors import NotFoundError
from ledger.index.views import RecordRow
from webapp.contribute import intake
from webapp.contribute.progress import progress
from webapp.contribute.staging import Staging
from webapp.serving import node
from webapp.serving import queries

blueprint = Blueprint("contribute", __name__, url_prefix="/contribute", template_folder="templates")

LATEST_SHOWN = 8
RECORDS_SHOWN = 10

EXAMPLE = """\
job,framework,machine_type,nodes,input_size_gb,runtime_s,started_at
sort,spark,m4.2xlarge,4,10,212.4,2026-03-01T09:00:00Z
sort,spark,m4.2xlarge,8,10,121.9,2026-03-01T09:20:00Z
"""


def staging() -> Staging:
    """The uploads of this node."""
    settings = node().settings
    return Staging(settings.home, most_bytes=settings.staged_bytes)


@blueprint.get("")
def form() -> ResponseReturnValue:
    """Paste or upload."""
    return render_template(
        "contribute/form.html",
        kinds=list(Kind),
        example=EXAMPLE,
        most=node().settings.upload_bytes,
        latest=node().latest_contributions(LATEST_SHOWN),
    )


@blueprint.post("")
def upload() -> ResponseReturnValue:
    """Keep an upload for its preview; what cannot be read at all is refused here."""
    given = intake.upload_of(request.form, request.files)
    intake.preview(node(), given)
    return redirect(url_for("contribute.preview", token=staging().keep(given)), 303)


@blueprint.get("/preview/<token>")
def preview(token: str) -> ResponseReturnValue:
    """What an upload holds, good and bad, before anything is kept."""
    if outcome := staging().outcome(token):
        return redirect(url_for("contribute.follow", identifier=outcome), 303)
    given = staging().get(token)
    return render_template(
        "contribute/preview.html",
        upload=given,
        preview=intake.preview(node(), given),
        token=token,
        signers=node().signers(),
    )


@blueprint.post("/preview/<token>")
def sign(token: str) -> ResponseReturnValue:
    """Keep the good rows and sign them."""
    uploads = staging()
    with uploads.lock(token):
        outcome = uploads.outcome(token)
        if outcome is None:
            signer = intake.signer_of(node(), request.form.get("signer", ""))
            done = intake.contribute(node(), uploads.get(token), signer)
            if not done.contributions:
                return render_template("contribute/known.html", outcome=done)
            outcome = done.contributions[-1]
            uploads.finish(token, outcome)
    return redirect(url_for("contribute.follow", identifier=outcome), 303)


@blueprint.get("/<identifier>")
def follow(identifier: str) -> ResponseReturnValue:
    """How far a contribution has come; the page keeps itself up to date."""
    found = node().contribution(identifier)
    return render_template(
        "contribute/follow.html",
        progress=progress(found, queries()),
        contribution=found,
        rows=_rows(found.cids[:RECORDS_SHOWN]),
    )


def _rows(cids: Sequence[str]) -> list[RecordRow]:
    """Those of the records that are shown here."""
    rows = []
    for cid in cids:
        with suppress(NotFoundError):
            rows.append(queries().record(cid).row)
    return rows
