"""The page that verifies."""

from flask import Blueprint
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue

from ledger.verify import Verification
from webapp.problems import MissingFieldError
from webapp.serving import node
from webapp.serving import queries

blueprint = Blueprint("verify", __name__, url_prefix="/verify", template_folder="templates")


@blueprint.get("")
def form() -> ResponseReturnValue:
    """The form; with a CID, what came of verifying its record."""
    cid = request.args.get("cid", "").strip()
    if not cid:
        return render_template("verify/form.html")
    resolved = queries().resolve(cid)
    proof = node().proof(resolved)
    return _shown(
        node().verify(proof.to_json().encode(), expected_cid=resolved),
        source="the proof that this node made just now",
        missing=proof.missing,
    )


@blueprint.post("")
def check() -> ResponseReturnValue:
    """What came of verifying an uploaded proof."""
    upload = request.files.get("proof")
    if upload is None or not upload.filename:
        raise MissingFieldError(
            "no proof file was chosen",
            hint="Choose the file that a record's page offers as its proof.",
        )
    return _shown(node().verify(upload.read()), source=upload.filename)


def _shown(
    verification: Verification, *, source: str, missing: tuple[str, ...] = ()
) -> ResponseReturnValue:
    return render_template(
        "verify/result.html", verification=verification, source=source, missing=missing
    )
