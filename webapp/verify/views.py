"""The page that verifies in the visitor's browser, and this server's own check beside it."""

import json

from flask import Blueprint
from flask import Response
from flask import make_response
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from ledger.verify import Verification
from webapp.assets import is_built
from webapp.problems import MissingFieldError
from webapp.security import content_security_policy
from webapp.serving import node
from webapp.serving import queries

BUNDLE = "built/verify.js"
"""The browser's verifier; `python -m tools.frontend` builds it."""

blueprint = Blueprint("verify", __name__, url_prefix="/verify", template_folder="templates")


@blueprint.get("")
def form() -> ResponseReturnValue:
    """The verifier. It asks the server for proofs at most, and believes nothing of them."""
    deployment = node().deployment
    response = make_response(
        render_template(
            "verify/page.html",
            cid=request.args.get("cid", "").strip(),
            bundle=BUNDLE if is_built(BUNDLE) else None,
            deployment=deployment,
            suggested=json.dumps(
                {
                    "chain_id": str(deployment.chain_id),
                    "registry": deployment.registry,
                    "validator_set": deployment.validator_set,
                    "attestations": deployment.attestations,
                }
            ),
            proof_url=url_for("records.proof", cid="CID"),
        )
    )
    return _reaching_any_endpoint(response)


@blueprint.get("/server")
def by_server() -> ResponseReturnValue:
    """What this server says of a record, on its own word."""
    cid = request.args.get("cid", "").strip()
    if not cid:
        raise MissingFieldError("no CID was given", hint="It is on the page of each record.")
    resolved = queries().resolve(cid)
    proof = node().proof(resolved)
    return _shown(
        node().verify(proof.to_json().encode(), expected_cid=resolved),
        source="the proof that this server made just now",
        missing=proof.missing,
    )


@blueprint.post("/server")
def check() -> ResponseReturnValue:
    """What this server says of an uploaded proof, on its own word."""
    upload = request.files.get("proof")
    if upload is None or not upload.filename:
        raise MissingFieldError(
            "no proof file was chosen",
            hint="Choose the file that a record's page offers as its proof.",
        )
    return _shown(node().verify(upload.read()), source=upload.filename)


def _reaching_any_endpoint(response: Response) -> Response:
    """Let this page's script, and no other page's, ask a chain endpoint of the visitor's choice.

    Which one that is cannot be known here, or it would be the server's choice. It may be plain
    HTTP: a node on the visitor's own machine or network seldom has a certificate (a page that came
    over TLS reaches only loopback that way). What ``connect-src`` guards elsewhere, that an
    injected script carries something off, rests here on ``script-src``, which stays as strict as
    on every page, and on there being nothing on this page that is not public.
    """
    response.headers["Content-Security-Policy"] = content_security_policy(
        {"connect-src": "'self' https: http:"}
    )
    return response


def _shown(
    verification: Verification, *, source: str, missing: tuple[str, ...] = ()
) -> ResponseReturnValue:
    return render_template(
        "verify/result.html", verification=verification, source=source, missing=missing
    )
