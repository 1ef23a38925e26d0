"""Revoking by program: what to send, and how far it has come. The key stays with its owner."""

from http import HTTPStatus

from flask import Response

from ledger.revoking.views import Revocation
from ledger.revoking.views import RevocationCall
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Tag
from webapp.api.parameters import RevocationQuery
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.serving import node
from webapp.serving import queries


@operation(
    "/records/{cid}/revocation",
    Tag.CONTRIBUTE,
    Content(model=RevocationCall),
    method="POST",
    refusals=(HTTPStatus.CONFLICT,),
    holds=Holds.NOT,
)
def revocation_call(cid: str) -> Response:
    """Ask for the transaction by which its contributor revokes a record.

    Nothing is kept or sent: `to`, `data` and `gas` are for `eth_sendTransaction`, from the account
    `contributor`. Answers 409 where the record is not anchored, or revoked already.
    """
    return answer(node().revocation_call(queries().resolve(cid)))


@operation(
    "/records/{cid}/revocation",
    Tag.CONTRIBUTE,
    Content(model=Revocation),
    query=RevocationQuery,
    refusals=(HTTPStatus.CONFLICT,),
    holds=Holds.AS_IS,
)
def revocation(asked: RevocationQuery, cid: str) -> Response:
    """Show how far the revocation of a record has come: none, sent, mined, final.

    With `transaction`, that one is looked up at the chain too, before it is in a block.
    """
    return answer(node().revocation(queries().resolve(cid), asked.transaction))
