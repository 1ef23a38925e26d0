"""Submissions that their contributor has signed elsewhere: no token, no account, the key alone."""

from http import HTTPStatus
from typing import Annotated
from typing import Any
from typing import TypeVar

from flask import Response
from flask import url_for
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import StringConstraints
from pydantic import model_validator

from ledger.accounts.tokens import Scope
from ledger.anchor.contributions import Contribution
from ledger.anchor.submission import MAX_RECORDS
from ledger.capture.records import row_of_value
from ledger.capture.rows import Bad
from ledger.client.answers import StatementToSign
from ledger.record import codec
from ledger.record.schema import Record
from ledger.settings import TakeSigned
from webapp.api import bearer
from webapp.api import bodies
from webapp.api import formats
from webapp.api.examples import RUN
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Link
from webapp.api.operations import Tag
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.bodies import Account
from webapp.bodies import Signature
from webapp.bodies import body_as
from webapp.contribute import admission
from webapp.contribute.wallets import most_signed
from webapp.contribute.wallets import to_sign
from webapp.problems import UnprocessableError
from webapp.serving import node

_Model = TypeVar("_Model", bound="Listed")
_CID = Annotated[str, StringConstraints(pattern=formats.CID)]


class Listed(BaseModel):
    """Records that are to be signed, whole or by the CIDs of some that were uploaded before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    records: list[dict[str, Any]] = Field([], min_length=1, max_length=MAX_RECORDS)
    cids: list[_CID] = Field([], min_length=1, max_length=MAX_RECORDS)

    @model_validator(mode="after")
    def _some(self) -> "Listed":
        if not self.records and not self.cids:
            raise ValueError("give records, or cids of records that were uploaded before")
        return self

    def read(self) -> tuple[list[str], list[Record]]:
        """The CIDs of all, each once, and the records that came along.

        Raises:
            UnprocessableError: one is no record, the message says which; or there are too many.
        """
        rows = [row_of_value(place, place, value) for place, value in enumerate(self.records, 1)]
        records = []
        for row in rows:
            if isinstance(row, Bad):
                raise UnprocessableError(
                    f"record {row.row} is none: {row.reason}",
                    [(f"records.{row.row - 1}", row.reason)],
                    hint="Nothing was kept. GET /api/v1/schema has the form of a record.",
                )
            records.append(row.record)
        cids = list(dict.fromkeys([*map(codec.cid_of, records), *self.cids]))
        most = most_signed(node())
        if len(cids) > most:
            raise UnprocessableError(
                f"{len(cids):,} records under one signature; this node takes {most:,}",
                [],
                hint="Sign them in several parts.",
            )
        return cids, records


class SignedSubmission(Listed):
    """Records with their contributor's signature."""

    contributor: Account
    signature: Signature


_CIDS = {
    "type": "array",
    "items": {"type": "string", "pattern": formats.CID},
    "minItems": 1,
    "description": "Of records that were uploaded before.",
}
_LISTED = {"records": {"type": "array", "minItems": 1, "items": bodies.RECORD}, "cids": _CIDS}
_SIGNED = {
    **_LISTED,
    "contributor": {"type": "string", "pattern": formats.ADDRESS, "format": "eip55-address"},
    "signature": {"type": "string", "pattern": "^0x([0-9a-fA-F]{2}){1,1024}$"},
}
_REFUSALS = (HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY)


def _body_of(properties: dict[str, Any], *needed: str) -> tuple[Content, ...]:
    schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": list(needed),
        "anyOf": [{"required": ["records"]}, {"required": ["cids"]}],
    }
    return (Content(schema=schema, example={"records": [RUN]} if not needed else None),)


@operation(
    "/submissions/statement",
    Tag.CONTRIBUTE,
    Content(model=StatementToSign),
    method="POST",
    body=_body_of(_LISTED),
    refusals=_REFUSALS,
    holds=Holds.NOT,
)
def statement() -> Response:
    """Ask for the EIP-712 statement to sign for `records`, or `cids` uploaded before.

    Nothing is kept.
    """
    cids, _ = _body(Listed).read()
    said = to_sign(node(), cids, 0)
    return answer(
        StatementToSign(root=said.root, count=said.count, cids=cids, typed_data=said.typed_data)
    )


@operation(
    "/submissions",
    Tag.CONTRIBUTE,
    Content(model=Contribution),
    method="POST",
    body=_body_of(_SIGNED, "contributor", "signature"),
    statuses=(HTTPStatus.CREATED,),
    refusals=(*_REFUSALS, HTTPStatus.UNAUTHORIZED),
    holds=Holds.NOT,
    welcomes=Scope.CONTRIBUTE,
    links=(Link("follow", "contribution", "identifier", "$response.body#/id"),),
)
def submit() -> Response:
    """Contribute `records` or `cids` with their contributor's signature.

    No token is needed, but where the node asks for one (`take_signed`). What is answered is on
    disk; sending it again gives the same contribution.
    """
    admission.require(node(), _contributor())
    given = _body(SignedSubmission)
    cids, records = given.read()
    signature = bytes.fromhex(given.signature[2:])
    node().check_signature(cids, given.contributor, signature)
    node().accept_shared(records)
    identifier = node().submit_signed(cids, given.contributor, signature)
    response = answer(node().contribution(identifier), HTTPStatus.CREATED)
    response.headers["Location"] = url_for("api.contribution", identifier=identifier)
    return response


def _contributor() -> str | None:
    """The account in whose name the request comes; None: nobody's, and nobody has to be known."""
    if admission.policy(node()) is not TakeSigned.TOKEN:
        return None
    return bearer.require(Scope.CONTRIBUTE).account


def _body(model: type[_Model]) -> _Model:
    return body_as(model, most_bytes=node().settings.upload_bytes)
