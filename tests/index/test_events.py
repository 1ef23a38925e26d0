"""Decoding the contracts' logs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

import contracts
from ledger.chain.events import Anchored
from ledger.chain.events import EventDecoder
from ledger.chain.events import MalformedLogError
from ledger.chain.events import QuorumChanged
from ledger.chain.events import ValidatorSlashed
from tests.index import ledgers
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import Emitted
from tests.index.simulated_chain import SimulatedChain

HASHES = st.binary(min_size=32, max_size=32)
COUNTS = st.integers(0, 2**32 - 1)


def logged(event: Emitted) -> dict[str, Any]:
    """A log as web3 returns it."""
    chain = SimulatedChain()
    number = chain.mine(event)
    wanted = {"address": list(DEPLOYMENT.addresses), "fromBlock": number, "toBlock": number}
    return dict(chain.w3.eth.get_logs(wanted)[0])


@settings(deadline=None)
@given(HASHES, HASHES, HASHES, COUNTS)
def test_an_anchor_is_read_as_it_was_written(batch_id, root, manifest, count):
    publisher = ledgers.signer(3).address
    event = Emitted(
        "ContributionRegistry", "Anchored", (batch_id, publisher, root, manifest, count)
    )

    found = EventDecoder(DEPLOYMENT).decode(logged(event))

    assert isinstance(found, Anchored)
    assert (found.batch_id, found.publisher, found.root) == (batch_id, publisher, root)
    assert (found.manifest, found.count) == (manifest, count)
    assert (found.origin.block_number, found.origin.log_index) == (1, 0)


def test_amounts_and_blocks_are_read_as_numbers():
    decode = EventDecoder(DEPLOYMENT).decode

    slashed = decode(logged(ledgers.slashed(7)))
    quorum = decode(logged(ledgers.quorum(12, 5)))

    assert isinstance(slashed, ValidatorSlashed)
    assert (slashed.reward_wei, slashed.burned_wei) == (10**18 // 4, 3 * 10**18 // 4)
    assert isinstance(quorum, QuorumChanged)
    assert (quorum.from_block, quorum.quorum) == (12, 5)


def test_every_event_that_changes_the_ledger_is_decoded():
    of_no_use = {"NonceVoided", "EIP712DomainChanged", "BondSet", "RewardClaimed"}
    of_roles = ("Role", "DefaultAdmin")
    expected = {
        entry["name"]
        for name in contracts.NAMES
        for entry in contracts.load(name).abi
        if entry["type"] == "event"
        and entry["name"] not in of_no_use
        and not entry["name"].startswith(of_roles)
    }
    decoder = EventDecoder(DEPLOYMENT)

    decoded = {
        entry["name"]
        for name in contracts.NAMES
        for entry in contracts.load(name).abi
        if entry["type"] == "event"
        and decoder.decode(logged(Emitted(name, entry["name"], _zeros(entry)))) is not None
    }

    assert decoded == expected


def _zeros(entry: Any) -> tuple[Any, ...]:
    zero = {"address": "0x" + "00" * 20, "bytes32": bytes(32), "string": "", "bool": False}
    return tuple(zero.get(given["type"], 0) for given in entry["inputs"])


def test_the_same_log_of_another_contract_is_ignored():
    log = logged(ledgers.quorum(0, 1)) | {"address": DEPLOYMENT.registry}

    assert EventDecoder(DEPLOYMENT).decode(log) is None


@pytest.mark.parametrize("fault", ["data-short", "topic-missing", "count-too-large"])
def test_a_log_that_the_contract_cannot_have_emitted_is_refused(fault: str):
    event = Emitted(
        "ContributionRegistry",
        "Anchored",
        (bytes(32), ledgers.signer(0).address, bytes(32), bytes(32), 1),
    )
    log = logged(event)
    changed = {
        "data-short": {"data": bytes(log["data"])[:-1]},
        "topic-missing": {"topics": log["topics"][:-1]},
        "count-too-large": {"data": bytes(32) + b"\xff" * 32},
    }

    with pytest.raises(MalformedLogError):
        EventDecoder(DEPLOYMENT).decode(log | changed[fault])
