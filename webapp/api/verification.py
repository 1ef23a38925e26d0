"""Verifying by program."""

import json

from flask import Response
from flask import request

from webapp.api.models import Checked
from webapp.api.routes import answer
from webapp.api.routes import blueprint
from webapp.problems import MissingFieldError
from webapp.serving import node
from webapp.serving import queries

_MOST_CID_REQUEST = 1024


@blueprint.post("/verify")
def verify() -> Response:
    """Verify a proof (the body, or `proof` in a multipart form), or `{"cid": …}` by a new one."""
    proof = _proof()
    if cid := _cid_of(proof):
        resolved = queries().resolve(cid)
        fresh = node().proof(resolved).to_json().encode()
        return answer(Checked.of(node().verify(fresh, expected_cid=resolved)))
    return answer(Checked.of(node().verify(proof)))


def _proof() -> bytes:
    if request.mimetype == "multipart/form-data":
        upload = request.files.get("proof")
        proof = b"" if upload is None else upload.read()
    else:  # whatever its declared type: curl calls every body a form
        proof = request.get_data()
    if not proof.strip():
        raise MissingFieldError(
            "there is nothing to verify", hint='Send a proof file, or {"cid": "bafyrei…"}.'
        )
    return proof


def _cid_of(body: bytes) -> str | None:
    if len(body) > _MOST_CID_REQUEST:
        return None
    try:
        value = json.loads(body)
    except ValueError:
        return None
    named = isinstance(value, dict) and set(value) == {"cid"} and isinstance(value["cid"], str)
    return value["cid"] if named else None
