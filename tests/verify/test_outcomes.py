"""Proofs from a real chain end as the chain says, offline and by asking a node."""

import json
from dataclasses import replace

import pytest
from web3 import Web3
from web3.exceptions import Web3RPCError
from web3.types import FilterParams
from web3.types import LogReceipt

from ledger.chain.devchain.accounts import dev_account
from ledger.errors import UnavailableError
from ledger.validate.reasons import Reason
from ledger.verify import Contracts
from ledger.verify import Policy
from ledger.verify import Result
from ledger.verify import verify_offline
from ledger.verify import verify_online
from tests.assets.faults import FAULTS
from tests.verify.outcomes import Outcome
from tests.verify.scenario import PUBLISHER
from tests.verify.scenario import QUORUM
from tests.verify.scenario import VALIDATORS
from tests.verify.scenario import Ledger

NAMES = (
    "valid",
    "valid-by-two-validators",
    "without-state",
    "below-quorum",
    "rejected",
    "disputed",
    "revoked",
    "superseded",
    "stale-verdict",
    "slashed-validator",
    "not-anchored-yet",
    "not-attested-yet",
    "event-of-another-registry",
)


def test_every_outcome_is_named(outcomes: dict[str, Outcome]) -> None:
    assert tuple(outcomes) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_file_alone_tells_how_it_ended(
    name: str, ledger: Ledger, outcomes: dict[str, Outcome]
) -> None:
    proof, expected = outcomes[name]

    found = verify_offline(proof.to_json(), ledger.policy(proof))

    assert found.result is expected, found.steps[-1]
    assert all(step.ok for step in found.steps[:-1])
    assert found.steps[-1].ok == (expected is Result.VALID)


ONLINE = {
    # A node knows what this file does not prove.
    "without-state": Result.VALID,
    # The node looks for the batch in the trusted registry.
    "event-of-another-registry": Result.NOT_ON_CHAIN,
    # The node knows of the verdicts that these files leave out.
    "valid-by-two-validators": Result.OMITTED_VERDICT,
    "below-quorum": Result.OMITTED_VERDICT,
    # The session's chain has moved on: the validator whose word it rests on was slashed since.
    "valid": Result.VALID,
    "superseded": Result.SUPERSEDED,
    "disputed": Result.REJECTED,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_node_tells_how_it_ended(name: str, ledger: Ledger, outcomes: dict[str, Outcome]) -> None:
    proof, expected = outcomes[name]

    found = verify_online(proof, Policy(ledger.contracts), ledger.w3)

    assert found.result is ONLINE.get(name, expected), found.steps[-1]


def test_the_quorum_can_be_named_where_the_file_does_not_prove_it(
    ledger: Ledger, outcomes: dict[str, Outcome]
) -> None:
    proof, _ = outcomes["without-state"]

    assert verify_offline(proof, ledger.policy(proof, minimum_accepted=QUORUM)).ok


def test_more_than_the_quorum_can_be_required(ledger: Ledger, outcomes: dict[str, Outcome]) -> None:
    proof, _ = outcomes["valid"]

    assert verify_offline(proof, ledger.policy(proof, minimum_accepted=4)).ok
    assert (
        verify_offline(proof, ledger.policy(proof, minimum_accepted=5)).result
        is Result.BELOW_QUORUM
    )


def test_less_than_the_quorum_cannot(ledger: Ledger, outcomes: dict[str, Outcome]) -> None:
    proof, _ = outcomes["below-quorum"]

    found = verify_offline(proof, ledger.policy(proof, minimum_accepted=1))

    assert found.result is Result.BELOW_QUORUM


def test_only_known_validators_count(ledger: Ledger, outcomes: dict[str, Outcome]) -> None:
    proof, _ = outcomes["valid"]
    known = frozenset(validator.address for validator in VALIDATORS[:2])

    assert verify_offline(proof, ledger.policy(proof, validators=known)).ok
    assert (
        verify_offline(
            proof, ledger.policy(proof, validators=frozenset({PUBLISHER.address}))
        ).result
        is Result.UNKNOWN_VALIDATOR
    )


def test_a_proof_must_be_for_the_record_that_was_asked_about(
    ledger: Ledger, outcomes: dict[str, Outcome]
) -> None:
    proof, other = outcomes["valid"][0], outcomes["rejected"][0]

    assert verify_offline(proof, ledger.policy(proof, expected_cid=proof.record.cid)).ok
    found = verify_offline(proof, ledger.policy(proof, expected_cid=other.record.cid))
    assert found.result is Result.WRONG_RECORD


def test_trust_is_the_verifiers_to_give(ledger: Ledger, outcomes: dict[str, Outcome]) -> None:
    proof, _ = outcomes["valid"]
    policy = ledger.policy(proof)
    elsewhere = replace(ledger.contracts, registry=PUBLISHER.address)

    assert verify_offline(proof, Policy(ledger.contracts)).result is Result.UNTRUSTED_BLOCK
    assert (
        verify_offline(proof, replace(policy, contracts=elsewhere)).result is Result.WRONG_CONTRACT
    )
    assert (
        verify_offline(
            proof, replace(policy, contracts=replace(ledger.contracts, chain_id=1))
        ).result
        is Result.WRONG_CHAIN
    )


@pytest.mark.parametrize("stranger", [PUBLISHER.address])
def test_a_node_without_the_contracts_proves_nothing(
    stranger: str, ledger: Ledger, outcomes: dict[str, Outcome]
) -> None:
    proof, _ = outcomes["valid"]
    claimed = {
        "registry": stranger,
        "validator_set": ledger.contracts.validator_set,
        "attestations": ledger.contracts.attestations,
    }
    moved = proof.model_copy(update={"contracts": proof.contracts.model_copy(update=claimed)})
    contracts = Contracts(proof.chain_id, **claimed)

    found = verify_online(moved, Policy(contracts), ledger.w3)

    assert not found.ok


def test_a_later_quorum_does_not_change_an_earlier_batch(
    ledger: Ledger, outcomes: dict[str, Outcome]
) -> None:
    proof, _ = outcomes["valid"]
    assert proof.state is not None
    assert proof.state.quorum_index == 0


def test_blocks_far_apart_have_a_reference_block_each(
    ledger: Ledger, outcomes: dict[str, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.verify.chain_state.MOST_LINKS", 0)
    batch = ledger.gather((2,), 200)
    ledger.anchor(batch)
    reports = [ledger.attest(batch, validator) for validator in (VALIDATORS[0], VALIDATORS[2])]
    for number in (300, 310):
        ledger.anchor(ledger.gather((1,), number))

    proof = ledger.prove(batch, reports)

    heads = {bytes(Web3.keccak(header)) for header in proof.headers}
    last = frozenset({bytes(Web3.keccak(proof.headers[-1]))})
    assert verify_offline(proof, Policy(ledger.contracts, frozenset(heads))).ok
    assert verify_offline(proof, Policy(ledger.contracts, last)).result is Result.UNTRUSTED_BLOCK


def test_rejections_that_the_file_leaves_out_are_found_by_asking_a_node(
    ledger: Ledger, outcomes: dict[str, Outcome]
) -> None:
    """The attack: of a record that two validators accept and two reject, show the two accepts."""
    batch = ledger.gather((2,), 400)
    ledger.anchor(batch)
    record = batch.records()[0]
    accepts = [ledger.attest(batch, VALIDATORS[place]) for place in (0, 2)]
    early = ledger.prove(batch, accepts)
    before = verify_online(early, Policy(ledger.contracts), ledger.w3)
    rejecting = VALIDATORS[3]
    ledger.attest(batch, rejecting, rejects={record: Reason.DUPLICATE})
    in_between = verify_online(early, Policy(ledger.contracts), ledger.w3)
    newcomer = dev_account(9)
    ledger.admit(newcomer)
    ledger.attest(batch, newcomer, rejects={record: Reason.DUPLICATE})

    since = verify_online(early, Policy(ledger.contracts), ledger.w3)
    left_out = ledger.prove(batch, accepts)

    assert before.ok
    assert in_between.ok, "one rejection of the two that are needed changes nothing"
    assert since.result is Result.OMITTED_VERDICT
    assert since.exit_code == 36
    assert since.steps[-1].values["omitted"] == sorted((rejecting.address, newcomer.address))
    assert verify_offline(left_out, ledger.policy(left_out)).ok, "a file alone cannot show it"
    found = verify_online(left_out, Policy(ledger.contracts), ledger.w3)
    assert found.result is Result.OMITTED_VERDICT
    trusted = frozenset(validator.address for validator in VALIDATORS)
    assert verify_online(left_out, Policy(ledger.contracts, validators=trusted), ledger.w3).ok


def test_a_verdict_that_was_corrected_since_is_stale(ledger: Ledger) -> None:
    batch = ledger.gather((2,), 420)
    ledger.anchor(batch)
    proof = ledger.prove(batch, [ledger.attest(batch, VALIDATORS[place]) for place in (0, 2)])

    ledger.attest(batch, VALIDATORS[2], rejects={batch.records()[0]: Reason.SCHEMA}, sequence=2)

    assert verify_offline(proof, ledger.policy(proof)).ok
    found = verify_online(proof, Policy(ledger.contracts), ledger.w3)
    assert found.result is Result.STALE_VERDICT


def test_an_endpoint_that_tells_few_blocks_at_once_is_asked_for_fewer(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = ledger.gather((2,), 440)
    ledger.anchor(batch)
    reports = [ledger.attest(batch, VALIDATORS[place]) for place in (0, 2)]
    for number in (460, 470, 480):
        ledger.anchor(ledger.gather((1,), number))
    told = ledger.w3.eth.get_logs

    def at_most_two_blocks(wanted: FilterParams) -> list[LogReceipt]:
        if int(wanted["toBlock"]) - int(wanted["fromBlock"]) > 1:
            raise Web3RPCError("query exceeds max block range 2")
        return told(wanted)

    monkeypatch.setattr(ledger.w3.eth, "get_logs", at_most_two_blocks)
    proof = ledger.prove(batch, reports)

    assert len(proof.verdicts) == 2
    assert verify_online(proof, Policy(ledger.contracts), ledger.w3).ok


def test_an_endpoint_that_tells_no_events_proves_nothing(
    ledger: Ledger, outcomes: dict[str, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    proof, _ = outcomes["valid"]

    def refuse(_: FilterParams) -> list[LogReceipt]:
        raise Web3RPCError("eth_getLogs is disabled")

    monkeypatch.setattr(ledger.w3.eth, "get_logs", refuse)

    with pytest.raises(UnavailableError, match="does not tell the events"):
        verify_online(proof, Policy(ledger.contracts), ledger.w3)


STILL_WRONG = {"a-receipt-at-another-place"}
PROVEN_BY_THE_NODE = {
    Result.BROKEN_HEADERS,
    Result.UNTRUSTED_BLOCK,
    Result.BAD_RECEIPT,
    Result.BAD_STATE,
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_node_finds_every_fault_but_those_in_what_it_replaces(
    name: str, ledger: Ledger, outcomes: dict[str, Outcome]
) -> None:
    result, break_it = FAULTS[name]
    others = {each: json.loads(proof.to_json()) for each, (proof, _) in outcomes.items()}
    broken = break_it(json.loads(json.dumps(others["valid"])), others)
    content = broken if isinstance(broken, str) else json.dumps(broken)

    found = verify_online(content, Policy(ledger.contracts), ledger.w3)

    assert found.ok == (result in PROVEN_BY_THE_NODE and name not in STILL_WRONG)
