"""``/routing/v1/``.

Source: https://specs.ipfs.tech/routing/http-routing-v1/ and
https://specs.ipfs.tech/ipips/ipip-0513/ (nobody known is an empty list).
"""

import json
from collections.abc import Sequence
from datetime import UTC
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint
from flask import Response
from flask import request

from ledger.errors import InvalidInputError
from ledger.errors import PerfledgerError
from ledger.ipld.cid import CID
from ledger.peers.peer_id import PeerID
from ledger.serving.providers import Filter
from ledger.serving.providers import ProviderRecord
from webapp.gateway import answers
from webapp.gateway import headers
from webapp.serving import node

JSON = "application/json"
LINES = "application/x-ndjson"

MOST = {JSON: 100, LINES: 1_000}
"""Records in one answer."""

_FOUND = "public, max-age=300, stale-while-revalidate=600, stale-if-error=172800"
_NONE = "public, max-age=15, stale-while-revalidate=60, stale-if-error=3600"
"""A batch that was just anchored is on more nodes a few seconds later."""


class MalformedNameError(PerfledgerError):
    """What is asked about is neither a CID nor a Peer ID."""


blueprint = Blueprint("routing", __name__, url_prefix="/routing/v1")
blueprint.after_request(headers.allow_every_origin)
answers.init_app(blueprint)


@blueprint.errorhandler(MalformedNameError)
def malformed(error: MalformedNameError) -> Response:
    """What cannot be understood has a status of its own here."""
    return answers.text(HTTPStatus.UNPROCESSABLE_ENTITY, error.diagnostics())


@blueprint.get("/providers/<cid>")
def providers(cid: str) -> Response:
    """Who has a block."""
    try:
        wanted = CID.parse(cid)
    except InvalidInputError as error:
        raise MalformedNameError(error.message) from error
    return _answer("Providers", node().providers(wanted))


@blueprint.get("/peers/<peer_id>")
def peers(peer_id: str) -> Response:
    """Where a peer is."""
    try:
        wanted = PeerID.parse(peer_id)
    except InvalidInputError as error:
        raise MalformedNameError(error.message, hint=error.hint) from error
    return _answer("Peers", node().peers_named(wanted))


@blueprint.route("/<path:rest>", methods=["GET", "PUT", "POST"])
def anything_else(rest: str) -> Response:
    """Publishing and IPNS are parts of the protocol that this node lacks."""
    if request.method == "GET" and not rest.startswith("ipns/"):
        raise InvalidInputError(
            f"there is nothing at {request.path[:200]}",
            hint="Ask for /routing/v1/providers/ and a CID, or /routing/v1/peers/ and a Peer ID.",
        )
    raise answers.NotImplementedHereError("this node takes no records and resolves no IPNS names")


def _answer(name: str, found: Sequence[ProviderRecord]) -> Response:
    chosen = Filter.parse(request.args.get("filter-addrs"), request.args.get("filter-protocols"))
    fitting = [record for each in found if (record := chosen.apply(each)) is not None]
    media_type = LINES if _wants_lines() else JSON
    shown = [_shown(record) for record in fitting[: MOST[media_type]]]
    if media_type == LINES:
        body = "".join(f"{json.dumps(record)}\n" for record in shown)
    else:
        body = json.dumps({name: shown})
    response = Response(body, mimetype=media_type)
    response.headers["Cache-Control"] = _FOUND if shown else _NONE
    response.last_modified = datetime.now(UTC)
    response.vary.add("Accept")
    return response


def _wants_lines() -> bool:
    return any(kind == LINES and weight for kind, weight in request.accept_mimetypes)


def _shown(record: ProviderRecord) -> dict[str, Any]:
    """Source: the peer schema of the specification."""
    return {
        "Schema": "peer",
        "ID": str(record.peer_id),
        "Addrs": list(record.addresses),
        "Protocols": list(record.protocols),
    }
