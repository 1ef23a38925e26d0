"""Which transactions are mined, and how the others are refused: in geth's words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.chain import DevChain
from tests.chain.devchain.conftest import Call
from tests.chain.devchain.conftest import ask
from tests.chain.devchain.conftest import signed
from tests.chain.devchain.evm import REVERTER

SERVER_ERROR = -32000


def test_a_transaction_is_mined_in_a_block_of_its_own(call: Call):
    first = call("eth_sendRawTransaction", signed(0))
    second = call("eth_sendRawTransaction", signed(1))
    assert call("eth_blockNumber") == "0x2"
    assert call("eth_getBlockByNumber", "0x1", False)["transactions"] == [first]
    assert call("eth_getBlockByNumber", "0x2", False)["transactions"] == [second]
    for tag in ("latest", "pending"):
        assert call("eth_getTransactionCount", dev_account(0).address, tag) == "0x2"


def test_the_same_bytes_are_mined_once(call: Call, error: Call):
    sent = call("eth_sendRawTransaction", signed(0))
    assert error("eth_sendRawTransaction", signed(0)) == {
        "code": SERVER_ERROR,
        "message": "already known",
    }
    assert call("eth_blockNumber") == "0x1"
    assert call("eth_getTransactionReceipt", sent)["status"] == "0x1"


ADDRESS = dev_account(0).address


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (signed(0, value=2), "nonce too low: next nonce 1, tx nonce 0"),
        (signed(3), f"nonce too high: address {ADDRESS}, tx: 3 state: 1"),
        (signed(1, value=10**23), "insufficient funds for gas * price + value: balance"),
        (signed(1, gas=20_999), "intrinsic gas too low: have 20999, want 21000"),
        (signed(1, gas=21_039, data=b"\x01"), "intrinsic gas too low: have 21039, want 21040"),
        (signed(1, gas=30_000_001), "exceeds block gas limit"),
        (signed(1, maxFeePerGas=1, maxPriorityFeePerGas=1), "max fee per gas less than block base"),
        (signed(1, gasPrice=1), "max fee per gas less than block base fee"),
        (signed(1, maxFeePerGas=10**9, maxPriorityFeePerGas=2 * 10**9), "max priority fee per gas"),
        (signed(1, chainId=1), "invalid chain id for signer: have 1 want 1337"),
        (signed(1, chainId=1, gasPrice=2 * 10**9), "invalid chain id for signer: have 1 want 1337"),
        (signed(1, to="", data=bytes(49_153), gas=10**7), "max initcode size exceeded"),
        (signed(1, data=bytes(131_072), gas=10**7), "oversized data"),
        ("0x", "typed transaction too short"),
        ("0x03c0", "transaction type not supported"),
        ("0x7fc0", "transaction type not supported"),
        ("0x02c0", "rlp: "),
        ("0xc0", "rlp: "),
        (signed(1) + "00", "rlp: "),
    ],
)
def test_what_cannot_be_mined_is_refused(call: Call, error: Call, raw: str, message: str):
    call("eth_sendRawTransaction", signed(0))
    refusal = error("eth_sendRawTransaction", raw)
    assert refusal["code"] == SERVER_ERROR
    assert refusal["message"].startswith(message)
    assert call("eth_blockNumber") == "0x1"


def test_a_signature_from_before_eip_155_is_refused(error: Call):
    fields = {"nonce": 0, "gas": 21_000, "to": ADDRESS, "value": 0, "gasPrice": 2 * 10**9}
    raw = bytes(dev_account(0).sign_transaction(fields).raw_transaction)
    message = error("eth_sendRawTransaction", "0x" + raw.hex())["message"]
    assert message == "only replay-protected (EIP-155) transactions allowed over RPC"


VALID = bytes.fromhex(signed(0)[2:])


@given(position=st.integers(0, len(VALID) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_no_bytes_are_an_internal_error(
    position: int, byte: int, cut: bool, tmp_path_factory: pytest.TempPathFactory
):
    raw = VALID[:position] if cut else VALID[:position] + bytes([byte]) + VALID[position + 1 :]
    with DevChain(tmp_path_factory.getbasetemp() / "mutants.db") as chain:
        response = ask(chain, "eth_sendRawTransaction", "0x" + raw.hex())
    # A changed value or fee recovers to another, penniless sender; the original may be mined.
    assert "result" in response or response["error"]["code"] == SERVER_ERROR


@given(raw=st.binary(max_size=200))
def test_random_bytes_are_refused(raw: bytes, tmp_path_factory: pytest.TempPathFactory):
    with DevChain(tmp_path_factory.getbasetemp() / "random.db") as chain:
        error = ask(chain, "eth_sendRawTransaction", "0x" + raw.hex())["error"]
    assert error["code"] == SERVER_ERROR


def test_a_failed_transaction_is_mined_and_paid_for(call: Call, deploy: Call):
    reverter = deploy(REVERTER)
    sent = call("eth_sendRawTransaction", signed(1, to=reverter, gas=50_000, value=0))
    receipt = call("eth_getTransactionReceipt", sent)
    assert (receipt["status"], receipt["logs"]) == ("0x0", [])
    assert call("eth_getTransactionCount", ADDRESS, "latest") == "0x2"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "0x2"),
        ({"gasPrice": hex(3 * 10**9)}, "0x0"),
        ({"maxFeePerGas": hex(5 * 10**9)}, "0x2"),
        ({"maxFeePerGas": hex(9 * 10**8), "maxPriorityFeePerGas": "0x0"}, "0x2"),
        ({"maxPriorityFeePerGas": "0x7"}, "0x2"),
        ({"gas": "0x5208", "nonce": "0x0", "chainId": hex(1337)}, "0x2"),
    ],
)
def test_a_development_account_sends(call: Call, fields: dict[str, str], kind: str):
    to = dev_account(1).address
    sent = call("eth_sendTransaction", {"from": ADDRESS, "to": to, "value": "0x5", **fields})
    transaction = call("eth_getTransactionByHash", sent)
    receipt = call("eth_getTransactionReceipt", sent)
    assert (transaction["type"], transaction["gas"]) == (kind, "0x5208")
    assert (receipt["status"], receipt["gasUsed"]) == ("0x1", "0x5208")
    assert receipt["effectiveGasPrice"] == transaction["gasPrice"]


def test_an_access_list_is_signed_and_kept(call: Call):
    entry = {"address": "0x" + "12" * 20, "storageKeys": ["0x" + "00" * 31 + "01"]}
    sent = call("eth_sendTransaction", {"from": ADDRESS, "to": ADDRESS, "accessList": [entry]})
    transaction = call("eth_getTransactionByHash", sent)
    assert transaction["accessList"] == [entry]
    assert int(transaction["gas"], 16) == 21_000 + 2_400 + 1_900


def test_another_account_cannot_send(error: Call):
    assert error("eth_sendTransaction", {"from": "0x" + "12" * 20})["message"] == "unknown account"


def test_a_transaction_that_would_revert_is_not_signed(error: Call, call: Call, deploy: Call):
    reverter = deploy(REVERTER)
    refusal = error("eth_sendTransaction", {"from": ADDRESS, "to": reverter})
    assert refusal == {"code": 3, "message": "execution reverted", "data": "0x"}
    assert call("eth_blockNumber") == "0x1"


def test_time_can_be_set_forward_only(call: Call, error: Call):
    now = int(call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    call("evm_setNextBlockTimestamp", now + 86_400)
    call("eth_sendRawTransaction", signed(0))
    assert call("eth_getBlockByNumber", "latest", False)["timestamp"] == hex(now + 86_400)
    call("evm_mine")
    assert call("eth_getBlockByNumber", "latest", False)["timestamp"] == hex(now + 86_401)
    call("evm_mine", hex(now + 90_000))
    assert call("eth_getBlockByNumber", "latest", False)["timestamp"] == hex(now + 90_000)
    assert error("evm_setNextBlockTimestamp", hex(now))["code"] == -32602


def test_every_answer_is_json(chain: DevChain):
    methods: list[tuple[str, list[Any]]] = [
        ("eth_sendRawTransaction", [signed(0)]),
        ("eth_getBlockByNumber", ["latest", True]),
        ("eth_getBlockReceipts", ["latest"]),
        ("eth_getProof", [ADDRESS, ["0x0"], "latest"]),
        ("eth_feeHistory", ["0x5", "latest", [0, 50, 100]]),
    ]
    for method, params in methods:
        response = ask(chain, method, *params)
        assert json.loads(json.dumps(response)) == response
