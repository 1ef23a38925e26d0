"""What each node says when it refuses a transaction, and that it is understood."""

from collections.abc import Mapping
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.exceptions import Web3RPCError

from ledger.chain.refusals import Refusal
from ledger.chain.refusals import refusal
from tests.chain.nodes.servers import EthereumNode

GWEI = 10**9


def signed(node: EthereumNode, key: LocalAccount, nonce: int, **changes: Any) -> bytes:
    call: Mapping[str, Any] = {
        "chainId": node.chain_id,
        "nonce": nonce,
        "to": key.address,
        "value": 0,
        "gas": 21_000,
        "maxFeePerGas": 100 * GWEI,
        "maxPriorityFeePerGas": GWEI,
        **changes,
    }
    return bytes(key.sign_transaction(call).raw_transaction)


def refused(node: EthereumNode, raw: bytes) -> Refusal:
    with pytest.raises(Web3RPCError) as caught:
        node.w3.eth.send_raw_transaction(raw)
    found = refusal(caught.value)
    assert found is not Refusal.OTHER, caught.value
    return found


def mined(node: EthereumNode, raw: bytes) -> None:
    node.w3.eth.wait_for_transaction_receipt(
        node.w3.eth.send_raw_transaction(raw), poll_latency=0.01
    )


def test_a_nonce_that_is_used(node: EthereumNode):
    key = node.funded(1)
    mined(node, signed(node, key, 0))

    assert refused(node, signed(node, key, 0, value=1)) is Refusal.NONCE_USED


def test_a_transaction_that_is_mined_already(node: EthereumNode):
    key = node.funded(1)
    raw = signed(node, key, 0)
    mined(node, raw)

    assert refused(node, raw) in {Refusal.KNOWN, Refusal.NONCE_USED}


def test_a_key_that_cannot_pay(node: EthereumNode):
    assert refused(node, signed(node, Account.create(), 0)) is Refusal.NO_FUNDS


def test_a_key_that_can_pay_the_gas_but_not_the_value(node: EthereumNode):
    key = node.funded(1)

    assert refused(node, signed(node, key, 0, value=10**18)) is Refusal.NO_FUNDS


def test_an_estimate_for_a_key_that_cannot_pay_the_value(node: EthereumNode):
    key = Account.create()
    call: Any = {"from": key.address, "to": key.address, "value": 1}
    if node.kind == "anvil":  # which refuses it only when it is sent
        assert node.w3.eth.estimate_gas(call) >= 21_000
        return
    with pytest.raises(Web3RPCError) as caught:
        node.w3.eth.estimate_gas(call)

    assert refusal(caught.value) is Refusal.NO_FUNDS, caught.value


@pytest.fixture
def waiting(node: EthereumNode) -> tuple[LocalAccount, bytes]:
    """A transaction that the node keeps, as the one before it is missing."""
    if node.kind == "dev":
        pytest.skip("the development chain mines at once and keeps nothing")
    key = node.funded(1)
    raw = signed(node, key, 1)
    node.w3.eth.send_raw_transaction(raw)
    return key, raw


def test_one_that_waits_is_known(node: EthereumNode, waiting: tuple[LocalAccount, bytes]):
    assert refused(node, waiting[1]) is Refusal.KNOWN


def test_one_that_does_not_outbid(node: EthereumNode, waiting: tuple[LocalAccount, bytes]):
    key, _ = waiting

    assert refused(node, signed(node, key, 1, value=1)) is Refusal.UNDERPRICED


def test_one_that_does_not_outbid_enough(node: EthereumNode, waiting: tuple[LocalAccount, bytes]):
    """Anvil takes whatever offers more at all."""
    key, _ = waiting
    fees = {"maxFeePerGas": 105 * GWEI, "maxPriorityFeePerGas": 105 * GWEI // 100}
    raw = signed(node, key, 1, value=1, **fees)
    if node.kind == "anvil":
        assert node.w3.eth.send_raw_transaction(raw) == Web3.keccak(raw)
    else:
        assert refused(node, raw) is Refusal.UNDERPRICED


def test_one_that_outbids_by_an_eighth_is_taken(
    node: EthereumNode, waiting: tuple[LocalAccount, bytes]
):
    key, _ = waiting
    fees = {"maxFeePerGas": GWEI * 1125 // 10, "maxPriorityFeePerGas": GWEI * 9 // 8}

    node.w3.eth.send_raw_transaction(signed(node, key, 1, value=1, **fees))


def test_one_that_offers_less_than_the_block_asks_for(node: EthereumNode):
    """geth keeps it until the fee falls; the others refuse it."""
    if node.kind == "anvil":
        node.ask("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        node.mine()
    key = node.funded(1)
    raw = signed(node, key, 0, maxFeePerGas=1, maxPriorityFeePerGas=1)
    if node.kind == "geth":
        assert node.w3.eth.send_raw_transaction(raw) == Web3.keccak(raw)
    else:
        assert refused(node, raw) is Refusal.FEE_TOO_LOW
