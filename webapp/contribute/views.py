"""The pages of contributing."""

from collections.abc import Sequence
from contextlib import suppress

from flask import jsonify
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from ledger.capture.tables import Kind
from ledger.errors import NotFoundError
from ledger.index.views import EnvelopeRow
from ledger.index.views import RecordRow
from webapp import chains
from webapp.contribute import admission
from webapp.contribute import correcting
from webapp.contribute import for_group
from webapp.contribute import forms
from webapp.contribute import groups
from webapp.contribute import intake
from webapp.contribute.progress import Finality
from webapp.contribute.progress import progress
from webapp.contribute.reading import preview as previewed
from webapp.contribute.reading import require_readable
from webapp.contribute.routes import address_of
from webapp.contribute.routes import blueprint
from webapp.contribute.routes import staging
from webapp.contribute.routes import staging_of
from webapp.contribute.upload import UnmappedFileError
from webapp.contribute.wallets import most_signed
from webapp.serving import node
from webapp.serving import queries
from webapp.who import signed_in

LATEST_SHOWN = 8
RECORDS_SHOWN = 10

EXAMPLE = """\
job,framework,machine_type,nodes,input_size_gb,runtime_s,started_at
sort,spark,m4.2xlarge,4,10,212.4,2026-03-01T09:00:00Z
sort,spark,m4.2xlarge,8,10,121.9,2026-03-01T09:20:00Z
"""


@blueprint.get("")
def form() -> ResponseReturnValue:
    """Paste or upload; an address that names a group shows no form that would leave it out."""
    if node().settings.groups_path.is_dir():
        for_group.staging(node()).drop_old()
    chosen = forms.group_of(request.args)
    if chosen is not None:
        groups.require(node(), signed_in(), chosen)
    return render_template(
        "contribute/form.html",
        kinds=list(Kind),
        example=EXAMPLE,
        most=node().settings.upload_bytes,
        latest=node().latest_contributions(LATEST_SHOWN),
        groups=groups.offered(node(), signed_in()),
        chosen=chosen,
        signs_at_once=bool(node().signers()),
        account=signed_in(),
        obstacle=None if node().signers() else admission.obstacle(node(), signed_in()),
    )


@blueprint.post("")
def upload() -> ResponseReturnValue:
    """Keep an upload for its preview; what cannot be read at all is refused here."""
    group = forms.group_of(request.values)
    if group is not None:
        groups.require(node(), signed_in(), group)
    files = forms.files_of(request.form, request.files)
    uploads = staging() if group is None else for_group.staging(node())
    mapping = forms.mapping_of(request.files)
    token = uploads.keep(files, mapping=mapping, owner=signed_in(), group=group)
    address = url_for("contribute.preview", token=token)
    try:
        require_readable(node(), uploads.get(token))
    except UnmappedFileError as error:
        address = url_for("contribute.columns", token=token, file=error.place)
    except Exception:
        uploads.drop(token)
        raise
    if request.accept_mimetypes["application/json"] > request.accept_mimetypes["text/html"]:
        return jsonify(next=address)
    return redirect(address, 303)


@blueprint.get("/preview/<token>")
def preview(token: str) -> ResponseReturnValue:
    """What an upload holds, good and bad, before anything is kept."""
    uploads = staging_of(token)
    if outcome := uploads.outcome(token):
        return redirect(address_of(token, outcome), 303)
    given = uploads.get(token)
    try:
        found = previewed(node(), given)
    except UnmappedFileError as error:
        return redirect(url_for("contribute.columns", token=token, file=error.place), 303)
    return render_template(
        "contribute/preview.html",
        upload=given,
        preview=found,
        written=correcting.written_faults(given, found.faults),
        token=token,
        signers=node().signers(),
        chain=chains.wallet_chain(node()),
        account=signed_in(),
        obstacle=admission.obstacle(node(), signed_in()),
        most_signed=most_signed(node(), given.group),
        screened=node().has_policy,
    )


@blueprint.post("/preview/<token>")
def sign(token: str) -> ResponseReturnValue:
    """Keep the good rows and sign them with a development account, or keep them for a group."""
    uploads = staging_of(token)
    asked = request.form.get("signer", "")
    with uploads.lock(token):
        outcome = uploads.outcome(token)
        if outcome is None and uploads.get(token).group is not None:
            outcome = for_group.contribute_once(node(), uploads, token, asked)
        elif outcome is None:
            signer = intake.signer_of(node(), asked)
            done = intake.contribute(node(), uploads.get(token), signer)
            if not done.contributions:
                return render_template("contribute/known.html", outcome=done)
            outcome = done.contributions[-1]
            uploads.finish(token, outcome)
    return redirect(address_of(token, outcome), 303)


@blueprint.get("/preview/<token>/kept")
def kept(token: str) -> ResponseReturnValue:
    """What became of an upload for a group, to whoever sent it."""
    outcome = staging_of(token).outcome(token)
    found = None if outcome is None else for_group.kept_in(outcome)
    if found is None:
        return redirect(url_for("contribute.preview", token=token), 303)
    return render_template("contribute/kept.html", kept=found)


@blueprint.get("/<identifier>")
def follow(identifier: str) -> ResponseReturnValue:
    """How far a contribution has come; the page keeps itself up to date."""
    found = node().contribution(identifier)
    return render_template(
        "contribute/follow.html",
        progress=progress(found, queries(), _finality()),
        contribution=found,
        rows=_rows(found.cids[:RECORDS_SHOWN]),
        envelopes=_envelopes(found.cids[:RECORDS_SHOWN]),
    )


def _finality() -> Finality:
    _, head = queries().progress()
    return Finality(head, node().settings.depth_of_finality)


def _rows(cids: Sequence[str]) -> list[RecordRow]:
    """Those of the records that are shown here."""
    rows = []
    for cid in cids:
        with suppress(NotFoundError):
            rows.append(queries().record(cid).row)
    return rows


def _envelopes(cids: Sequence[str]) -> list[EnvelopeRow]:
    """Those of the records that are encrypted for a group, once they are on chain."""
    rows = []
    for cid in cids:
        with suppress(NotFoundError):
            rows.append(queries().envelope(cid).row)
    return rows
