"""eth_call, eth_estimateGas and what they say when a contract refuses."""

from typing import Any

import pytest
from eth_abi import encode
from eth_utils import function_signature_to_4byte_selector
from web3 import Web3
from web3.exceptions import ContractCustomError
from web3.exceptions import ContractLogicError
from web3.exceptions import ContractPanicError

from ledger.chain.devchain.accounts import dev_account
from tests.chain.devchain.conftest import Call
from tests.chain.devchain.conftest import signed
from tests.chain.devchain.evm import EMITTER
from tests.chain.devchain.evm import FRUGAL
from tests.chain.devchain.evm import INVALID
from tests.chain.devchain.evm import REVERTER
from tests.chain.devchain.evm import STORE
from tests.chain.devchain.evm import deployment
from tests.chain.devchain.evm import emission

SENDER = dev_account(0).address


def revert_data(signature: str, *values: Any) -> str:
    types = signature[signature.index("(") + 1 : -1].split(",")
    encoded = encode([each for each in types if each], values)
    return "0x" + (function_signature_to_4byte_selector(signature) + encoded).hex()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("0x", "execution reverted"),
        (revert_data("Error(string)", "quorum not met"), "execution reverted: quorum not met"),
        (
            revert_data("Panic(uint256)", 0x11),
            "execution reverted: arithmetic underflow or overflow",
        ),
        (revert_data("NotAValidator(address)", SENDER), "execution reverted"),
        ("0x08c379a0ff", "execution reverted"),
    ],
)
@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_a_revert_carries_its_data(error: Call, deploy: Call, method: str, data: str, message: str):
    reverter = deploy(REVERTER)
    refusal = error(method, {"to": reverter, "input": data}, "latest")
    assert refusal == {"code": 3, "message": message, "data": data}


def test_web3_decodes_what_a_contract_refused_with(web3: Web3, deploy: Call):
    reverter = Web3.to_checksum_address(deploy(REVERTER))

    def call(data: str) -> None:
        web3.eth.call({"to": reverter, "data": Web3.to_bytes(hexstr=data)})

    with pytest.raises(ContractLogicError, match="quorum not met"):
        call(revert_data("Error(string)", "quorum not met"))
    with pytest.raises(ContractPanicError):
        call(revert_data("Panic(uint256)", 0x12))
    custom = revert_data("AlreadyAnchored(bytes32)", b"\x01" * 32)
    with pytest.raises(ContractCustomError) as refusal:
        call(custom)
    assert refusal.value.data == custom


def test_web3_decodes_a_custom_error_by_its_abi(web3: Web3, deploy: Call):
    function = {
        "type": "function",
        "name": "anchor",
        "inputs": [],
        "outputs": [],
        "stateMutability": "nonpayable",
    }
    custom = {"type": "error", "name": "Refused", "inputs": [{"name": "by", "type": "address"}]}
    # Reverts with its calldata, which is the selector of the function that was called.
    contract = web3.eth.contract(address=deploy(REVERTER), abi=[function, custom])
    with pytest.raises(ContractCustomError) as refusal:
        contract.functions.anchor().call()
    assert refusal.value.data == "0x" + function_signature_to_4byte_selector("anchor()").hex()


def test_a_halt_is_named(error: Call, deploy: Call):
    contract = deploy(INVALID)
    refusal = error("eth_call", {"to": contract}, "latest")
    assert refusal == {"code": -32000, "message": "invalid opcode"}


def test_running_out_of_gas_is_named(error: Call, deploy: Call):
    store = deploy(STORE)
    call = {"to": store, "input": "0x" + "01" * 64, "gas": hex(24_000)}
    assert error("eth_call", call)["message"] == "out of gas"
    assert "intrinsic gas too low" in error("eth_call", {**call, "gas": "0x1"})["message"]


def test_a_call_changes_nothing(call: Call, deploy: Call):
    store = deploy(STORE)
    before = call("eth_getBlockByNumber", "latest", False)
    data = (1).to_bytes(32, "big") + (2).to_bytes(32, "big")
    assert call("eth_call", {"to": store, "input": "0x" + data.hex()}) == "0x"
    assert call("eth_getStorageAt", store, "0x1", "latest") == "0x" + "00" * 32
    assert call("eth_getBlockByNumber", "latest", False) == before


def test_a_call_may_come_from_anybody_and_look_at_the_past(call: Call, deploy: Call):
    emitter = deploy(EMITTER)
    nobody = "0x" + "12" * 20
    data = "0x" + emission([1]).hex()
    assert call("eth_call", {"from": nobody, "to": emitter, "data": data}, "latest") == "0x"
    genesis_hash = call("eth_getBlockByNumber", "0x0", False)["hash"]
    for block in ("earliest", "0x0", {"blockNumber": "0x0"}, {"blockHash": genesis_hash}):
        assert call("eth_getCode", emitter, block) == "0x"
        assert call("eth_getTransactionCount", SENDER, block) == "0x0"
    assert call("eth_getCode", emitter, "pending") == "0x" + EMITTER.hex()


def test_a_block_that_is_not_there_has_no_state(error: Call):
    for block in ("0x1", {"blockHash": "0x" + "00" * 32}):
        refusal = error("eth_getBalance", SENDER, block)
        assert refusal == {"code": -32000, "message": "header not found"}
    for block in ("newest", 1, [], {}, {"blockHash": "0x" + "00" * 32, "blockNumber": "0x0"}):
        assert error("eth_getBalance", SENDER, block)["code"] == -32602


def test_a_creation_returns_the_code(call: Call):
    initcode = "0x" + deployment(STORE).hex()
    assert call("eth_call", {"from": SENDER, "input": initcode}) == "0x" + STORE.hex()


@pytest.mark.parametrize(
    ("runtime", "data"),
    [
        (STORE, b"\x01" * 64),
        (EMITTER, emission([1, 2, 3], bytes(100))),
        (FRUGAL, b""),
        (EMITTER, emission([1], b"\xff" * 1_000)),
    ],
)
def test_an_estimate_suffices_and_is_near_the_least(
    call: Call, error: Call, deploy: Call, runtime: bytes, data: bytes
):
    contract = deploy(runtime)
    message = {"from": SENDER, "to": contract, "input": "0x" + data.hex()}
    estimate = int(call("eth_estimateGas", message), 16)
    call("eth_call", {**message, "gas": hex(estimate)})
    error("eth_call", {**message, "gas": hex(int(estimate / 1.016))})
    sent = call("eth_sendRawTransaction", signed(1, to=contract, data=data, gas=estimate, value=0))
    assert call("eth_getTransactionReceipt", sent)["status"] == "0x1"


def test_a_transfer_needs_its_intrinsic_gas(call: Call):
    assert call("eth_estimateGas", {"from": SENDER, "to": "0x" + "12" * 20}) == hex(21_000)
    # EIP-7623: 64 bytes are 256 tokens of 10 gas, more than their 16 gas a byte.
    data = "0x" + "01" * 64
    message = {"from": SENDER, "to": "0x" + "12" * 20, "input": data}
    assert call("eth_estimateGas", message) == hex(21_000 + 2_560)


def test_an_estimate_is_bounded_by_what_the_sender_has(error: Call, call: Call, deploy: Call):
    store = deploy(STORE)
    message = {"from": SENDER, "to": store, "input": "0x" + "01" * 64}
    price = int(call("eth_getBalance", SENDER, "latest"), 16) // 30_000
    refusal = error("eth_estimateGas", {**message, "gasPrice": hex(price)})
    assert refusal["message"].startswith("gas required exceeds allowance (300")


def test_a_call_cannot_send_more_than_there_is(error: Call):
    poor = "0x" + "12" * 20
    for method in ("eth_call", "eth_estimateGas"):
        refusal = error(method, {"from": poor, "to": SENDER, "value": "0x5"})
        assert refusal["code"] == -32000
        assert refusal["message"] == (
            f"insufficient funds for gas * price + value: address {poor} have 0 want 5"
        )


def test_a_call_that_names_a_price_pays_the_base_fee(call: Call, error: Call):
    message = {"from": SENDER, "to": SENDER, "gas": hex(21_000)}
    assert call("eth_call", {**message, "gasPrice": hex(10**9)}) == "0x"
    assert call("eth_call", {**message, "maxFeePerGas": hex(10**9)}) == "0x"
    assert call("eth_call", {**message, "maxPriorityFeePerGas": "0x1"}) == "0x"
    for name in ("gasPrice", "maxFeePerGas"):
        assert "base fee" in error("eth_call", {**message, name: "0x1"})["message"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"data": "0x01", "input": "0x02"}, -32000),
        ({"gasPrice": "0x1", "maxFeePerGas": "0x1"}, -32000),
        ({"blobVersionedHashes": []}, -32000),
        ({"to": "0x12"}, -32602),
        ({"value": 5}, -32602),
        ({"value": "0x01"}, -32602),
        ({"gas": hex(2**256)}, -32602),
        ({"accessList": "0x"}, -32602),
        ({"accessList": [{"address": "0x"}]}, -32602),
        ("0x", -32602),
    ],
)
def test_a_call_without_sense_is_refused(error: Call, message: Any, code: int):
    assert error("eth_call", message)["code"] == code


def test_fees_of_the_past_and_of_the_next_block(call: Call):
    for nonce, tip in enumerate((10**9, 2 * 10**9)):
        call("eth_sendRawTransaction", signed(nonce, maxPriorityFeePerGas=tip))
    history = call("eth_feeHistory", "0x2", "latest", [0, 50, 100])
    assert history["oldestBlock"] == "0x1"
    assert history["reward"] == [[hex(10**9)] * 3, [hex(2 * 10**9)] * 3]
    assert history["gasUsedRatio"] == [21_000 / 30_000_000] * 2
    stated = [call("eth_getBlockByNumber", hex(number), False) for number in (1, 2)]
    pending = call("eth_getBlockByNumber", "pending", False)
    base_fees = [block["baseFeePerGas"] for block in (*stated, pending)]
    assert history["baseFeePerGas"] == base_fees
    assert call("eth_maxPriorityFeePerGas") == hex(10**9)
    assert call("eth_gasPrice") == hex(int(pending["baseFeePerGas"], 16) + 10**9)
    assert len(call("eth_feeHistory", "0x400", "pending", [])["gasUsedRatio"]) == 3


def test_percentiles_that_do_not_rise_are_refused(error: Call):
    for percentiles in ([50, 10], [-1], [101], [float("nan")], ["1"], "1"):
        assert error("eth_feeHistory", "0x1", "latest", percentiles)["code"] in {-32000, -32602}
