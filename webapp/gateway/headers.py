"""Headers of answers that hold blocks.

Source: https://specs.ipfs.tech/http-gateways/path-gateway/#response-headers.
"""

import hashlib
from collections.abc import Mapping
from urllib.parse import quote
from urllib.parse import urlencode

from flask import Request
from flask import Response

from ledger.ipld.cid import CID
from ledger.ipld.paths import Resolved
from ledger.serving.gateway import Selection
from webapp.gateway.negotiation import Format
from webapp.gateway.negotiation import Wanted

IMMUTABLE = "public, max-age=29030400, immutable"

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Cache-Control, Content-Type, If-None-Match, Range",
    "Access-Control-Expose-Headers": "Content-Length, Content-Location, Content-Range, ETag, "
    "X-Ipfs-Path, X-Ipfs-Roots",
    "Access-Control-Max-Age": "86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Blocks are public and are verified by whoever reads them: any site's page may."""

_ETAG_DIGITS = 16


def allow_every_origin(response: Response) -> Response:
    """Let pages of every site read an answer."""
    response.headers.update(_CORS)
    return response


def etag_of_block(cid: CID) -> str:
    """Names a block's bytes, in quotes."""
    return f'"{cid}.{Format.RAW.short}"'


def etag_of_car(request: Request, found: Resolved, selection: Selection) -> str:
    """Names what a CAR stream holds, in quotes.

    Weak, since the roots in a CAR's header and the order of its blocks may change from one version
    of this program to the next.
    """
    span = selection.span
    told = (request.path.rstrip("/"), span.first, span.last, selection.duplicates)
    digest = hashlib.sha256(repr(told).encode()).hexdigest()[:_ETAG_DIGITS]
    return f'W/"{selection.scope}.{found.cid}.{Format.CAR.short}.{digest}"'


def describe(
    response: Response, request: Request, wanted: Wanted, roots: tuple[CID, ...], etag: str
) -> None:
    """Set what all answers with blocks have."""
    root = roots[0]
    extension = "bin" if wanted.format is Format.RAW else "car"
    name = request.args.get("filename") or f"{root}.{extension}"
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = IMMUTABLE
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Ipfs-Path"] = quote(request.path)
    response.headers["X-Ipfs-Roots"] = ",".join(map(str, roots))
    response.headers["Content-Disposition"] = _attachment(name)
    if request.args.get("format") is None:
        response.headers["Content-Location"] = _location(request, wanted)
    response.vary.add("Accept")


def content_type_of_car(selection: Selection) -> str:
    """The media type with every parameter: clients rely on none that is not named."""
    dups = "y" if selection.duplicates else "n"
    return f"{Format.CAR.value}; version=1; order=dfs; dups={dups}"


def _location(request: Request, wanted: Wanted) -> str:
    """The URL under which a cache may keep what was asked for by header."""
    query: Mapping[str, str] = {
        **request.args.to_dict(),
        "format": wanted.format.short,
        **{
            f"{wanted.format.short}-{name}": value
            for name, value in wanted.parameters.items()
            if f"{wanted.format.short}-{name}" not in request.args
            and name in {"version", "order", "dups"}
        },
    }
    return f"{quote(request.path)}?{urlencode(query)}"


def _attachment(name: str) -> str:
    """Source: RFC 6266, appendix D, and RFC 8187 for names that are not ASCII."""
    plain = "".join(each if each.isascii() else "_" for each in name)
    return f"attachment; filename=\"{quote(plain)}\"; filename*=UTF-8''{quote(name, safe='')}"
