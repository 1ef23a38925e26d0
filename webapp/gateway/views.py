"""``/ipfs/`` and ``/ipns/``.

Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/#http-api.
"""

from http import HTTPStatus

from flask import Blueprint
from flask import Response
from flask import request
from werkzeug.datastructures import MIMEAccept

from ledger.errors import InvalidInputError
from ledger.ipld.cid import CID
from webapp.gateway import answers
from webapp.gateway import headers
from webapp.gateway.negotiation import Format
from webapp.gateway.negotiation import NotAcceptableError
from webapp.gateway.negotiation import Wanted
from webapp.serving import node

blueprint = Blueprint("gateway", __name__)
blueprint.after_request(headers.allow_every_origin)
answers.init_app(blueprint)

_DOTS = frozenset({".", ".."})


class CARResponse(Response):
    """A stream: nothing may gather it, to count its bytes, say."""

    implicit_sequence_conversion = False
    automatically_set_content_length = False


@blueprint.get("/ipfs/<cid>")
@blueprint.get("/ipfs/<cid>/<path:path>")
def content(cid: str, path: str = "") -> Response:
    """A block, or a CAR stream."""
    _require_short_query()
    root = CID.parse(cid)
    wanted = Wanted.read(request.args, _accepted())
    segments = [segment for segment in path.split("/") if segment]
    if _DOTS & set(segments):
        raise InvalidInputError(
            "a path has . or .. in it", hint="Ask for the path that is meant; nothing is guessed."
        )
    _refuse_service_worker(segments)
    _require_here(root)
    if wanted.format is Format.RAW:
        if segments:
            raise NotAcceptableError("a path to a single block")
        return _block(root, wanted)
    return _car(root, segments, wanted)


@blueprint.get("/ipns/<path:name>")
def name(name: str) -> Response:
    """Names that change are not resolved: what this node serves is named by its CID."""
    del name
    raise answers.NotImplementedHereError(
        "IPNS names are not served here",
        hint="Resolve the name elsewhere, and ask for /ipfs/ and the CID it stands for.",
    )


def _block(cid: CID, wanted: Wanted) -> Response:
    data = node().gateway.block(cid)
    response = Response(data, mimetype=Format.RAW.value)
    headers.describe(response, request, wanted, (cid,), headers.etag_of_block(cid))
    response.headers["Accept-Ranges"] = "bytes"
    if _is_partial(len(data)):
        response.make_conditional(request, accept_ranges=True, complete_length=len(data))
    else:
        response.make_conditional(request)
    return response


def _car(root: CID, segments: list[str], wanted: Wanted) -> Response:
    gateway = node().gateway
    selection = wanted.selection(request.args)
    found = gateway.resolve(root, segments)
    etag = headers.etag_of_car(request, found, selection)
    response = CARResponse(gateway.car(found, selection))
    headers.describe(response, request, wanted, found.roots, etag)
    response.headers["Accept-Ranges"] = "none"
    response.headers["Content-Type"] = headers.content_type_of_car(selection)
    response.make_conditional(request)
    if request.method == "GET" and response.status_code == HTTPStatus.OK:
        gateway.streams.take()
        response.call_on_close(gateway.streams.free)
    return response


def _is_partial(length: int) -> bool:
    """Whether one range is asked for. All others may be ignored (RFC 9110, section 14.2)."""
    asked = request.range
    if request.method != "GET" or asked is None or asked.units != "bytes":
        return False
    return len(asked.ranges) == 1 and asked.ranges[0][0] >= -length


def _accepted() -> MIMEAccept | None:
    return request.accept_mimetypes if "Accept" in request.headers else None


def _require_short_query() -> None:
    most = node().gateway.limits.query_bytes
    if len(request.query_string) > most:
        raise answers.TooLongError(
            f"the query has {len(request.query_string):,} bytes; at most {most:,} are read"
        )


def _refuse_service_worker(segments: list[str]) -> None:
    """A script for all of a gateway could change what other paths seem to hold."""
    is_root = not segments and not request.path.endswith("/")
    if is_root and request.headers.get("Service-Worker") == "script":
        raise InvalidInputError("no service worker may be registered for a whole CID")


def _require_here(root: CID) -> None:
    """Nothing is fetched for a request, so that `only-if-cached` differs in its status alone."""
    if request.cache_control.only_if_cached and not node().gateway.has(root):
        raise answers.NotCachedError(f"block {root} is not held by this node")
