"""Proofs of encrypted records: the browser says the same as Python, whoever abstained."""

from collections.abc import Iterator
from itertools import combinations

import pytest

from ledger.chain.deployment import Contracts
from ledger.groups.identities import path_in
from ledger.node import Node
from ledger.record import dagcbor
from ledger.record.cid import cid_of
from ledger.verify import Policy
from ledger.verify.filed import reference_blocks
from ledger.verify.format import Proof
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings
from tests.frontend.browser_verifier import BrowserVerifier
from tests.frontend.test_differential import agreed

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proof]:
    """Of a record that two validators accept and the third cannot read; two are needed."""
    home = tmp_path_factory.mktemp("sealed") / "home"
    with Node(template_settings(home, dev_validators=3, quorum=2)) as node:
        node.groups.create("team", node.recipient())
        node.accept_for("team", runs(1))
        node.contribute_sealed("team")
        node.cycle()
        node.follow()
        *members, stranger = node.validators()
        for validator in members:
            validator.step()
        path_in(home).unlink()
        stranger.step()
        node.follow()
        (row,) = node.queries.envelopes().envelopes
        yield node.proof(row.cid)


def policy_of(proof: Proof) -> Policy:
    contracts = proof.contracts.model_dump()
    blocks = frozenset(block.hash for block in reference_blocks(proof))
    return Policy(Contracts(chain_id=proof.chain_id, **contracts), blocks)


def test_it_is_valid_though_one_has_no_opinion(verifier: BrowserVerifier, proof: Proof):
    found = agreed(verifier, proof.to_json().encode(), policy_of(proof))

    said = [step["proved"] for step in found["steps"] if step["name"].startswith("verdict ")]
    (record,) = [step["proved"] for step in found["steps"] if step["name"] == "record"]
    assert found["result"] == "valid"
    assert sum("has no opinion of the record" in each for each in said) == 1
    assert record.startswith("The record is encrypted for a group")


@pytest.mark.parametrize("shown", [0, 1, 2])
def test_with_some_verdicts_left_out_both_say_the_same(
    verifier: BrowserVerifier, proof: Proof, shown: int
):
    for verdicts in combinations(proof.verdicts, shown):
        part = proof.model_copy(update={"verdicts": verdicts})
        agreed(verifier, part.to_json().encode(), policy_of(proof))


@pytest.mark.parametrize(
    ("block", "is_one"),
    [
        (dagcbor.encode({"kind": "perfledger/envelope", "version": 1, "age": b"age-e"}), True),
        (dagcbor.encode({"kind": "perfledger/envelope", "version": 9}), True),
        (dagcbor.encode({"kind": "perfledger/batch", "version": 1}), False),
        (dagcbor.encode({"job": {"kind": "perfledger/envelope"}}), False),
        (dagcbor.encode(["perfledger/envelope"]), False),
        (b"\xa3cageno", False),
        (b"", False),
    ],
)
def test_both_know_an_envelope_when_they_see_one(
    verifier: BrowserVerifier, proof: Proof, block: bytes, is_one: bool
):
    part = proof.record.model_copy(update={"cid": cid_of(block), "bytes": block})
    given = proof.model_copy(update={"record": part})

    found = agreed(verifier, given.to_json().encode(), policy_of(proof))

    said = [step["proved"] for step in found["steps"] if step["name"] == "record"]
    assert [each.startswith("The record is encrypted") for each in said] == [is_one]
