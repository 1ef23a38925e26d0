"""A proof is built only of answers that fit together, and of what held when it matters."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from web3 import Web3
from web3.middleware import Web3Middleware

from ledger.chain.headers import InvalidHeaderError
from ledger.errors import InvalidInputError
from ledger.errors import UnavailableError
from ledger.record.cid import Digest
from ledger.verify import Result
from ledger.verify import Web3Reader
from ledger.verify import reference_blocks
from ledger.verify import verify_offline
from ledger.verify.chain_events import InconsistentChainError
from tests.verify.scenario import GOVERNOR
from tests.verify.scenario import VALIDATORS
from tests.verify.scenario import Ledger


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = Ledger(tmp_path_factory.mktemp("own"))
    yield opened
    opened.close()


def test_the_quorum_of_the_anchor_holds_whatever_is_set_before_and_after(own: Ledger) -> None:
    set_quorum = own.bindings.validator_set.functions.setQuorum
    for quorum in (4, 3, 1):
        own.send(GOVERNOR, set_quorum(quorum))
    batch = own.gather((2,))
    own.anchor(batch)
    reports = [own.attest(batch, VALIDATORS[0])]
    for quorum in (2, 4):
        own.send(GOVERNOR, set_quorum(quorum))

    proof = own.prove(batch, reports)

    assert proof.state is not None
    assert proof.state.quorum_index == 3
    assert verify_offline(proof, own.policy(proof)).ok
    for other in (0, 2, 4, 5, 6):
        state = proof.state.model_copy(update={"quorum_index": other})
        moved = proof.model_copy(update={"state": state})
        assert verify_offline(moved, own.policy(proof)).result is Result.BAD_STATE


def test_a_quorum_set_in_the_block_before_the_anchor_holds(own: Ledger) -> None:
    own.send(GOVERNOR, own.bindings.validator_set.functions.setQuorum(1))
    batch = own.gather((2,), 500)
    own.anchor(batch)
    reports = [own.attest(batch, VALIDATORS[0])]

    found = verify_offline(proof := own.prove(batch, reports), own.policy(proof))

    assert found.steps[-1].values["quorum"] == 1


def test_headers_lead_to_the_reference_block_that_was_asked_for(own: Ledger) -> None:
    batch = own.gather((2,), 600)
    own.anchor(batch)
    reports = [own.attest(batch, validator) for validator in VALIDATORS]
    reference = own.w3.eth.block_number
    own.anchor(own.gather((1,), 610))

    proof = own.prove(batch, reports, reference=reference)

    assert [header.number for header in reference_blocks(proof)] == [reference]


def test_the_newest_report_of_a_validator_counts(own: Ledger) -> None:
    batch = own.gather((2,), 700)
    own.anchor(batch)
    reports = [own.attest(batch, VALIDATORS[0]), own.attest(batch, VALIDATORS[0], sequence=2)]

    proof = own.prove(batch, reports)

    assert [verdict.sequence for verdict in proof.verdicts] == [2]


def test_what_the_chain_does_not_have_is_named(own: Ledger) -> None:
    batch = own.gather((2,), 800)
    assert own.prove(batch, []).missing == ("anchor", "verdicts", "state")
    assert reference_blocks(own.prove(batch, [])) == ()

    own.anchor(batch)
    unattested, _ = own.report(batch, VALIDATORS[0])
    assert own.prove(batch, [unattested]).missing == ("verdicts",)

    reports = [own.attest(batch, VALIDATORS[0])]
    assert own.prove(batch, reports, with_state=False).missing == ("state",)
    assert own.prove(batch, reports).missing == ()


def test_the_record_and_the_batch_must_be_those_that_are_named(own: Ledger) -> None:
    batch = own.gather((2,), 900)

    with pytest.raises(InvalidInputError, match="not in this batch"):
        own.prove(batch, [], Digest(bytes(32)))
    with pytest.raises(InvalidInputError, match="batch id"):
        own.prove(batch, [], batch_id=bytes(32))


class Liar(Web3Reader):
    """A node that changes one kind of answer."""

    def __init__(self, ledger: Ledger, kind: str) -> None:
        super().__init__(ledger.w3)
        self._kind = kind

    def block(self, number: int) -> Mapping[str, Any]:
        answer = dict(super().block(number))
        if self._kind == "block":
            answer["timestamp"] += 1
        return answer

    def receipts(self, number: int) -> Sequence[Mapping[str, Any]]:
        answer = [dict(receipt) for receipt in super().receipts(number)]
        if self._kind == "receipts":
            answer[0]["cumulativeGasUsed"] += 1
        return [] if self._kind == "no receipts" else answer

    def logs(
        self, address: str, topics: Sequence[bytes], first: int, last: int
    ) -> Sequence[Mapping[str, Any]]:
        return [] if self._kind == "logs" else super().logs(address, topics, first, last)

    def account_proof(self, address: str, slots: Sequence[bytes], block: int) -> Mapping[str, Any]:
        return super().account_proof(
            address, slots, block - 1 if self._kind == "account_proof" else block
        )


LIES = {
    "block": InvalidHeaderError,
    "receipts": InconsistentChainError,
    "no receipts": InconsistentChainError,
    "logs": InconsistentChainError,
    "account_proof": InconsistentChainError,
}


@pytest.mark.parametrize("kind", LIES)
def test_no_proof_is_made_of_a_nodes_lies(own: Ledger, kind: str) -> None:
    batch = own.gather((2,), 1_000 + 10 * list(LIES).index(kind))
    own.anchor(batch)
    report = own.attest(batch, VALIDATORS[0])

    with pytest.raises(LIES[kind]):
        own.prove(batch, [report], reader=Liar(own, kind))


@pytest.mark.parametrize("slot", [bytes(32), bytes(31) + b"\x05", b"\x0a" + bytes(31)])
def test_a_slot_is_asked_for_whole(own: Ledger, slot: bytes) -> None:
    """Anvil refuses numbers with an odd number of digits, and geth those with leading zeros."""
    asked = []

    class Listening(Web3Middleware):
        def wrap_make_request(self, make_request: Any) -> Any:
            return lambda method, params: asked.append(params) or make_request(method, params)

    w3 = Web3(own.w3.provider)
    w3.middleware_onion.inject(Listening, layer=0)

    answer = Web3Reader(w3).account_proof(own.contracts.registry, [slot], own.w3.eth.block_number)

    assert asked[-1][1] == ["0x" + slot.hex()]
    assert len(answer["storageProof"]) == 1


def test_a_node_without_storage_proofs_is_told_apart(tmp_path: Path) -> None:
    # EIP-1186 needs the state of the block; a block to come has none anywhere.
    opened = Ledger(tmp_path)
    try:
        with pytest.raises(UnavailableError, match="eth_getProof"):
            Web3Reader(opened.w3).account_proof(opened.contracts.registry, [bytes(32)], 10**6)
    finally:
        opened.close()
