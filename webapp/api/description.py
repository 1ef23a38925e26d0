"""The API's description, as one of its answers."""

from collections.abc import Iterator
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

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

_REMEMBERED = 8
"""Names under which an app is asked for; a stranger may send any."""


@operation(
    "/openapi.json",
    Tag.LEDGER,
    Content("application/json", schema={"type": "object"}),
    holds=Holds.AS_IS,
)
def openapi() -> Response:
    """Get the description of this API (OpenAPI 3.1)."""
    return jsonify(described(tuple(servers())))


@lru_cache(maxsize=_REMEMBERED)
def described(urls: tuple[str, ...]) -> Mapping[str, Any]:
    """The description for an app under these URLs; making it takes a tenth of a second."""
    return document(ordered(), urls, ROOT)


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
