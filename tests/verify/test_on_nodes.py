"""Proofs built from Anvil's and geth's answers end as the chain says, with and without the node."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from eth_account import Account
from web3 import Web3

from ledger.chain.headers import decode_header
from ledger.chain.headers import encode_header
from ledger.chain.receipts import encode_receipt
from ledger.chain.trie import prove_item
from ledger.verify import Policy
from ledger.verify import Result
from ledger.verify import Web3Reader
from ledger.verify import verify_offline
from ledger.verify import verify_online
from ledger.verify.filed import reference_blocks
from tests.chain.nodes.servers import KINDS
from tests.chain.nodes.servers import EthereumNode
from tests.verify.outcomes import Outcome
from tests.verify.outcomes import all_outcomes
from tests.verify.scenario import PARTIES
from tests.verify.scenario import VALIDATORS
from tests.verify.scenario import Ledger
from tests.verify.test_outcomes import NAMES
from tests.verify.test_outcomes import ONLINE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["anvil", "geth"])
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EthereumNode]:
    with KINDS[request.param](tmp_path_factory.mktemp(request.param)) as started:
        for party in PARTIES:
            started.give(party.address, 100)
        yield started


@pytest.fixture(scope="module")
def ledger(node: EthereumNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = Ledger(tmp_path_factory.mktemp("ledger"), node.w3)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def outcomes(ledger: Ledger) -> dict[str, Outcome]:
    return all_outcomes(ledger)


@contextmanager
def one_block(node: EthereumNode) -> Iterator[None]:
    """What is sent meanwhile is mined together, on the node that can wait; geth --dev cannot."""
    waits = node.kind == "anvil"
    if waits:
        node.ask("evm_setAutomine", False)
    try:
        yield
    finally:
        if waits:
            node.mine()
            node.ask("evm_setAutomine", True)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_alone_tells_how_it_ended(
    name: str, ledger: Ledger, outcomes: dict[str, Outcome]
) -> None:
    proof, expected = outcomes[name]

    found = verify_offline(proof.to_json(), _trusting_the_nodes_hashes(ledger, proof))

    assert found.result is expected, found.steps[-1]


@pytest.mark.parametrize("name", NAMES)
def test_the_node_tells_how_it_ended(
    name: str, ledger: Ledger, outcomes: dict[str, Outcome]
) -> None:
    proof, expected = outcomes[name]

    found = verify_online(proof, Policy(ledger.contracts), ledger.w3)

    assert found.result is ONLINE.get(name, expected), found.steps[-1]


def test_a_block_of_another_chain_is_not_taken(
    ledger: Ledger, outcomes: dict[str, Outcome]
) -> None:
    proof, _ = outcomes["valid"]
    elsewhere = frozenset({bytes(Web3.keccak(b"another header"))})

    found = verify_offline(proof.to_json(), Policy(ledger.contracts, elsewhere))

    assert found.result is Result.UNTRUSTED_BLOCK


def test_every_header_and_receipt_hashes_to_what_the_node_says(
    node: EthereumNode, outcomes: dict[str, Outcome]
) -> None:
    assert outcomes
    _require_consistent(node)


def test_receipts_of_every_type_hash_to_the_root(node: EthereumNode) -> None:
    w3 = node.w3
    senders = [node.funded() for _ in range(4)]
    authorized = node.funded(1)
    raws = [
        _transaction(w3, sender, kind, authorized=authorized)
        for sender, kind in zip(senders, (0, 1, 2, 4), strict=True)
    ]

    with one_block(node):
        hashes = [w3.eth.send_raw_transaction(raw) for raw in raws]
    receipts = [w3.eth.wait_for_transaction_receipt(each, poll_latency=0.01) for each in hashes]

    assert [receipt["type"] for receipt in receipts] == [0, 1, 2, 4]
    assert {receipt["status"] for receipt in receipts} == {1}
    assert len({receipt["blockNumber"] for receipt in receipts}) == 1 or node.kind == "geth"
    _require_consistent(node)


def test_attestations_that_share_a_block_are_proven(node: EthereumNode, ledger: Ledger) -> None:
    """On Anvil, places in the receipts' trie and in the block's logs are not the first."""
    batch = ledger.gather((2,), 900)
    ledger.anchor(batch)
    validators = (VALIDATORS[0], VALIDATORS[2], VALIDATORS[3])
    with one_block(node):
        reports, sent = ledger.attest_together(batch, validators)
    for each in sent:
        ledger.require_success(each)

    proof = ledger.prove(batch, reports)

    found = verify_offline(proof.to_json(), _trusting_the_nodes_hashes(ledger, proof))
    assert found.result is Result.VALID
    if node.kind == "anvil":
        assert sorted(verdict.event.receipt for verdict in proof.verdicts) == [0, 1, 2]


def _trusting_the_nodes_hashes(ledger: Ledger, proof: Any) -> Policy:
    """Trust in what the node itself calls the reference blocks, not in what the file does."""
    numbers = [header.number for header in reference_blocks(proof)]
    hashes = {bytes(ledger.w3.eth.get_block(number)["hash"]) for number in numbers}
    return Policy(ledger.contracts, frozenset(hashes))


def _require_consistent(node: EthereumNode) -> None:
    reader = Web3Reader(node.w3)
    for number in range(node.w3.eth.block_number + 1):
        block = node.w3.eth.get_block(number)
        header = decode_header(encode_header(block))
        assert header.hash == bytes(block["hash"])
        receipts = [encode_receipt(receipt) for receipt in reader.receipts(number)]
        if receipts:
            assert prove_item(receipts, 0)[0] == header.receipts_root


def _transaction(w3: Web3, sender: Any, kind: int, *, authorized: Any) -> bytes:
    price = 5 * w3.eth.gas_price
    call: dict[str, Any] = {
        "chainId": w3.eth.chain_id,
        "nonce": w3.eth.get_transaction_count(sender.address),
        "to": sender.address,
        "value": 1,
        "gas": 100_000,
    }
    if kind <= 1:
        call["gasPrice"] = price
    else:
        call |= {"maxFeePerGas": price, "maxPriorityFeePerGas": w3.eth.max_priority_fee}
    if kind == 1:
        call["accessList"] = [{"address": sender.address, "storageKeys": ["0x" + "00" * 32]}]
    if kind == 4:
        signed = Account.sign_authorization(
            {"chainId": w3.eth.chain_id, "address": sender.address, "nonce": 0}, authorized.key
        )
        call["authorizationList"] = [signed]
    return bytes(sender.sign_transaction(call).raw_transaction)
