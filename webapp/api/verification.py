"""Verifying by program."""

from flask import Response

from ledger.client.answers import Checked
from webapp.api import bodies
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Tag
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.serving import node
from webapp.serving import queries


@operation(
    "/verify",
    Tag.VERIFY,
    Content(model=Checked),
    method="POST",
    body=bodies.PROOFS,
    refusals=bodies.REFUSALS,
    holds=Holds.NOT,
)
def verify() -> Response:
    """Verify a proof file against this node's chain, or a record by a new proof of it.

    The answer names one result and every step: what it shows, and on whose word it rests. It is
    this node's word: `perfledger verify` checks the same file on your own machine.
    """
    proof = bodies.proof()
    if cid := bodies.cid_of(proof):
        resolved = queries().resolve(cid)
        fresh = node().proof(resolved).to_json().encode()
        found = node().verify(fresh, expected_cid=resolved)
    else:
        found = node().verify(proof)
    return answer(Checked.model_validate(found.as_dict()))
