"""What the page's script, between the app and a wallet, asks and brings."""

import json
from dataclasses import asdict
from typing import Any

from flask import Response
from flask import jsonify
from flask import stream_with_context
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic import ConfigDict

from webapp.bodies import Account
from webapp.bodies import Bytes32
from webapp.bodies import Signature
from webapp.bodies import body_as
from webapp.contribute.routes import address_of
from webapp.contribute.routes import blueprint
from webapp.contribute.routes import staging_of
from webapp.contribute.wallets import Desk
from webapp.serving import node
from webapp.who import signed_in


class Signed(BaseModel):
    """A wallet's signature of what it was shown.

    Attributes:
        root: of the records that were listed, in hexadecimal.
        contributor: the account that signed.
        signature: in hexadecimal.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: Bytes32
    contributor: Account
    signature: Signature


@blueprint.post("/preview/<token>/to-sign")
def to_sign(token: str) -> ResponseReturnValue:
    """List what there is to sign, and say it as a wallet takes it."""
    with staging_of(token).lock(token):
        if outcome := staging_of(token).outcome(token):
            return _done(token, outcome, 0)
        return jsonify(asdict(_desk(token).lay_out()))


@blueprint.post("/preview/<token>/signature")
def take_signature(token: str) -> ResponseReturnValue:
    """Keep what a wallet has signed."""
    signed = body_as(Signed)
    with staging_of(token).lock(token):
        if outcome := staging_of(token).outcome(token):
            return _done(token, outcome, 0)
        signature = bytes.fromhex(signed.signature[2:])
        identifier, left = _desk(token).take(signed.root, signed.contributor, signature)
    return _done(token, identifier, left)


@blueprint.get("/preview/<token>/records.jsonl")
def listed_records(token: str) -> ResponseReturnValue:
    """The records below the root that the wallet is shown, each with its CID."""
    records = _desk(token).records()
    lines = (_line(cid, record.model_dump(mode="json")) for cid, record in records)
    return Response(
        stream_with_context(lines),
        content_type="application/jsonl; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="records-to-sign.jsonl"',
            "Cache-Control": "no-store",
        },
    )


def _desk(token: str) -> Desk:
    return Desk(node(), staging_of(token), token, signed_in())


def _done(token: str, outcome: str, left: int) -> Response:
    return jsonify({"follow": address_of(token, outcome), "left": left})


def _line(cid: str, record: dict[str, Any]) -> str:
    return json.dumps({"cid": cid, "record": record}, ensure_ascii=False) + "\n"
