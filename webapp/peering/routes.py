"""The peers' protocol, version 1: JSON, and CAR for blocks.

GET  /peers/v1/node              who this is, and of which ledger
GET  /peers/v1/deployment        where its contracts are
GET  /peers/v1/holdings?after=N  what is whole here, from a place in the list on
POST /peers/v1/peers             {"url": …}                  meet; answers whom this node knows
POST /peers/v1/have              {"url": …, "roots": […]}    somebody holds these
POST /peers/v1/blocks            {"cids": […]}               those that are here, as CAR
GET  /peers/v1/status            how the node stands, for people and monitors
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated
from typing import TypeVar

from flask import Blueprint
from flask import Response
from flask import jsonify
from flask import request
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError

from ledger.errors import InvalidInputError
from ledger.ipld.car import CARBlock
from ledger.ipld.car import write_car
from ledger.ipld.cid import CID
from ledger.store.blocks import Block
from webapp.serving import node

CAR_TYPE = "application/vnd.ipld.car; version=1; order=unk; dups=n"

_URL_LENGTH = 300
_CID_LENGTH = 59

URL = Annotated[str, Field(max_length=_URL_LENGTH)]
CIDText = Annotated[str, Field(max_length=_CID_LENGTH)]

blueprint = Blueprint("peering", __name__, url_prefix="/peers/v1")


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Meeting(_Body):
    """Where the node that asks is reached, if it may be told."""

    url: URL | None = None


class Having(_Body):
    """What a node holds."""

    url: URL
    roots: Annotated[list[CIDText], Field(max_length=1_000)]


class Wanting(_Body):
    """What a node lacks."""

    cids: Annotated[list[CIDText], Field(max_length=2_000)]


Model = TypeVar("Model", bound=_Body)


class MalformedRequestError(InvalidInputError):
    """The body of a request is not what this address takes."""


@blueprint.get("/node")
def who() -> Response:
    """Who this is, and of which ledger."""
    return jsonify(node().peering.answers.said().model_dump())


@blueprint.get("/deployment")
def deployment() -> Response:
    """Where this node's ledger has its contracts."""
    return jsonify(node().deployment.model_dump())


@blueprint.get("/holdings")
def holdings() -> Response:
    """What is whole here, and what was dropped, from a place in the list on."""
    after = request.args.get("after", "0")
    if not after.isascii() or not after.isdigit() or len(after) > 18:  # noqa: PLR2004 - of 64 bits
        raise MalformedRequestError("after is a number", hint="Ask with ?after=0 for all.")
    answer = jsonify(node().peering.answers.holdings(int(after)).model_dump())
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.post("/peers")
def meet() -> Response:
    """Hear of a node, and tell which others answer."""
    return jsonify({"peers": node().peering.answers.meet(_body(Meeting).url)})


@blueprint.post("/have")
def have() -> tuple[str, int]:
    """Hear that a node holds something."""
    told = _body(Having)
    node().peering.answers.hear(told.url, told.roots)
    return "", HTTPStatus.NO_CONTENT


@blueprint.post("/blocks")
def blocks() -> Response:
    """Those of the blocks that are here."""
    found = node().peering.answers.blocks(_body(Wanting).cids)
    return Response(write_car([], _as_car(found)), content_type=CAR_TYPE)


@blueprint.get("/status")
def status() -> Response:
    """How the node stands."""
    return jsonify(node().peering_status().model_dump(mode="json"))


def _as_car(found: Iterator[Block]) -> Iterator[CARBlock]:
    for digest, data in found:
        yield CARBlock(CID.of(digest), data)


def _body(model: type[Model]) -> Model:
    try:
        return model.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise MalformedRequestError(f"{where or 'the body'}: {first['msg']}") from error
