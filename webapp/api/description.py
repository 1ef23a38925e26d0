"""The API's description, as one of its answers."""

from collections.abc import Iterator

from flask import Response
from flask import jsonify
from flask import request

from webapp.api.openapi import document
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Operation
from webapp.api.operations import Tag
from webapp.api.routes import OPERATIONS
from webapp.api.routes import ROOT
from webapp.api.routes import operation
from webapp.serving import node


@operation(
    "/openapi.json",
    Tag.LEDGER,
    Content("application/json", schema={"type": "object"}),
    holds=Holds.AS_IS,
)
def openapi() -> Response:
    """Get the description of this API (OpenAPI 3.1)."""
    return jsonify(document(ordered(), servers(), ROOT))


def ordered() -> list[Operation]:
    """Every operation, group by group, each in the order in which its module has them."""
    tags = list(Tag)
    return sorted(OPERATIONS.values(), key=lambda each: tags.index(each.tag))


def servers() -> list[str]:
    """Where the API is: as it was asked for, and as the node is known."""
    return list(dict.fromkeys(_servers()))


def _servers() -> Iterator[str]:
    yield request.host_url.rstrip("/")
    yield from (url.rstrip("/") for url in node().settings.urls("public_url"))
