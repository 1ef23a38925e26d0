"""A client can rebuild from the JSON what the chain hashes."""

from collections.abc import Sequence
from typing import Any

import rlp
from eth_account.typed_transactions import TypedTransaction
from eth_hash.auto import keccak
from eth_utils import to_checksum_address
from hexbytes import HexBytes
from trie import HexaryTrie

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.admission import decode_transaction
from ledger.chain.devchain.chain import DevChain
from tests.chain.devchain.conftest import Call
from tests.chain.devchain.conftest import signed
from tests.chain.devchain.evm import EMITTER
from tests.chain.devchain.evm import REVERTER
from tests.chain.devchain.evm import emission
from tests.chain.devchain.evm import several_logs

HEADER_FIELDS = (
    ("parentHash", bytes),
    ("sha3Uncles", bytes),
    ("miner", bytes),
    ("stateRoot", bytes),
    ("transactionsRoot", bytes),
    ("receiptsRoot", bytes),
    ("logsBloom", bytes),
    ("difficulty", int),
    ("number", int),
    ("gasLimit", int),
    ("gasUsed", int),
    ("timestamp", int),
    ("extraData", bytes),
    ("mixHash", bytes),
    ("nonce", bytes),
    ("baseFeePerGas", int),
    ("withdrawalsRoot", bytes),
    ("blobGasUsed", int),
    ("excessBlobGas", int),
    ("parentBeaconBlockRoot", bytes),
    ("requestsHash", bytes),
)


def header_hash(block: dict[str, Any]) -> str:
    fields = [
        int(block[name], 16) if kind is int else bytes.fromhex(block[name][2:])
        for name, kind in HEADER_FIELDS
    ]
    return "0x" + keccak(rlp.encode(fields)).hex()


def trie_root(items: Sequence[bytes]) -> str:
    trie = HexaryTrie({})
    for index, item in enumerate(items):
        trie[rlp.encode(index)] = item
    return "0x" + trie.root_hash.hex()


def receipt_bytes(receipt: dict[str, Any]) -> bytes:
    """EIP-2718 and the Yellow Paper's receipt."""
    logs = [
        [unhex(log["address"]), [unhex(topic) for topic in log["topics"]], unhex(log["data"])]
        for log in receipt["logs"]
    ]
    status, cumulative = int(receipt["status"], 16), int(receipt["cumulativeGasUsed"], 16)
    body = rlp.encode([status, cumulative, unhex(receipt["logsBloom"]), logs])
    kind = int(receipt["type"], 16)
    return body if kind == 0 else bytes([kind]) + body


def unhex(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def mine(chain: DevChain, *raws: str) -> None:
    """All in one block, which the RPC methods never do."""
    chain.backend.mine([decode_transaction(chain.backend, unhex(raw)) for raw in raws])


def mixed_block(chain: DevChain) -> None:
    mine(
        chain,
        signed(0, to="", data=several_logs(3), gas=200_000, gasPrice=2 * 10**9),
        signed(1, to="", data=several_logs(2), gas=200_000),
        signed(2),
        signed(3, gasPrice=2 * 10**9, accessList=[], gas=30_000),
        signed(0, account=1, to="", data=b"\xfe", value=0, gas=100_000),
    )


def test_every_header_hashes_to_its_block_hash(chain: DevChain, call: Call):
    mixed_block(chain)
    call("evm_mine")
    for number in ("0x0", "0x1", "0x2"):
        block = call("eth_getBlockByNumber", number, False)
        assert header_hash(block) == block["hash"]


def test_receipts_of_every_type_hash_to_the_receipts_root(chain: DevChain, call: Call):
    mixed_block(chain)
    block = call("eth_getBlockByNumber", "latest", False)
    receipts = call("eth_getBlockReceipts", "latest")
    assert [receipt["type"] for receipt in receipts] == ["0x0", "0x2", "0x2", "0x1", "0x2"]
    assert [receipt["status"] for receipt in receipts] == ["0x1"] * 4 + ["0x0"]
    assert trie_root([receipt_bytes(receipt) for receipt in receipts]) == block["receiptsRoot"]


def test_receipts_count_gas_and_logs_through_the_block(chain: DevChain, call: Call):
    mixed_block(chain)
    receipts = call("eth_getBlockReceipts", "0x1")
    assert [len(receipt["logs"]) for receipt in receipts] == [3, 2, 0, 0, 0]
    indices = [log["logIndex"] for receipt in receipts for log in receipt["logs"]]
    assert indices == ["0x0", "0x1", "0x2", "0x3", "0x4"]
    total = 0
    for position, receipt in enumerate(receipts):
        total += int(receipt["gasUsed"], 16)
        assert receipt["cumulativeGasUsed"] == hex(total)
        assert receipt["transactionIndex"] == hex(position)
        assert call("eth_getTransactionReceipt", receipt["transactionHash"]) == receipt
    assert call("eth_getBlockByNumber", "0x1", False)["gasUsed"] == hex(total)


def test_transactions_of_every_type_hash_to_themselves(chain: DevChain, call: Call):
    mixed_block(chain)
    block = call("eth_getBlockByNumber", "0x1", True)
    for position, transaction in enumerate(block["transactions"]):
        assert call("eth_getTransactionByHash", transaction["hash"]) == transaction
        assert call("eth_getTransactionByBlockNumberAndIndex", "0x1", hex(position)) == transaction
        by_hash = "eth_getTransactionByBlockHashAndIndex"
        assert call(by_hash, block["hash"], hex(position)) == transaction
        if transaction["type"] != "0x0":
            assert typed_hash(transaction) == transaction["hash"]
    assert call("eth_getTransactionByBlockNumberAndIndex", "0x1", "0x5") is None
    hashes = call("eth_getBlockByHash", block["hash"], False)["transactions"]
    assert hashes == [transaction["hash"] for transaction in block["transactions"]]
    assert call("eth_getBlockTransactionCountByNumber", "0x1") == "0x5"
    assert call("eth_getBlockTransactionCountByHash", block["hash"]) == "0x5"


def typed_hash(transaction: dict[str, Any]) -> str:
    place = {"blockHash", "blockNumber", "transactionIndex", "hash", "from", "yParity", "input"}
    fields = {name: value for name, value in transaction.items() if name not in place}
    if int(transaction["type"], 16) == 2:
        del fields["gasPrice"]  # what was paid, not what was signed
    fields["data"] = transaction["input"]
    fields["to"] = to_checksum_address(fields["to"]) if fields["to"] else ""
    return "0x" + keccak(TypedTransaction.from_dict(fields).encode()).hex()


def test_a_legacy_transaction_names_the_chain_it_is_signed_for(call: Call):
    raw = signed(0, gasPrice=2 * 10**9)
    sent = call("eth_sendRawTransaction", raw)
    transaction = call("eth_getTransactionByHash", sent)
    assert transaction["chainId"] == hex(1337)
    assert int(transaction["v"], 16) in {35 + 2 * 1337, 36 + 2 * 1337}
    assert "maxFeePerGas" not in transaction
    assert "yParity" not in transaction
    assert sent == "0x" + keccak(unhex(raw)).hex()


def test_an_account_that_delegates_its_code_is_shown_in_full(call: Call, deploy: Call):
    target = deploy(EMITTER)
    delegating = dev_account(5)
    authorization = delegating.sign_authorization(
        {"chainId": 1337, "address": HexBytes(target), "nonce": 0}
    )
    nonce = int(call("eth_getTransactionCount", dev_account(0).address, "latest"), 16)
    raw = signed(
        nonce,
        to=delegating.address,
        gas=200_000,
        value=0,
        data=emission([7]),
        authorizationList=[authorization],
    )
    sent = call("eth_sendRawTransaction", raw)
    transaction = call("eth_getTransactionByHash", sent)
    assert transaction["type"] == "0x4"
    assert transaction["authorizationList"][0]["address"] == target.lower()
    assert call("eth_getCode", delegating.address, "latest") == "0xef0100" + target[2:].lower()
    receipt = call("eth_getTransactionReceipt", sent)
    assert receipt["logs"][0]["address"] == delegating.address.lower()
    block = call("eth_getBlockByNumber", "latest", False)
    assert trie_root([receipt_bytes(receipt)]) == block["receiptsRoot"]
    assert trie_root([unhex(raw)]) == block["transactionsRoot"]


def test_a_receipt_names_the_created_contract_or_the_callee(call: Call, deploy: Call):
    contract = deploy(REVERTER)
    created = call("eth_getBlockReceipts", "0x1")[0]
    assert (created["to"], created["contractAddress"]) == (None, contract.lower())
    call("eth_sendRawTransaction", signed(1))
    plain = call("eth_getBlockReceipts", "0x2")[0]
    assert (plain["to"], plain["contractAddress"]) == (dev_account(1).address.lower(), None)


def test_what_is_not_there_is_null(call: Call):
    absent = "0x" + "ab" * 32
    assert call("eth_getTransactionByHash", absent) is None
    assert call("eth_getTransactionReceipt", absent) is None
    assert call("eth_getBlockByHash", absent, False) is None
    assert call("eth_getBlockByNumber", "0x1", False) is None
    assert call("eth_getBlockReceipts", "0x1") is None
    assert call("eth_getBlockTransactionCountByHash", absent) is None


def test_the_hash_of_a_trie_node_is_no_block_hash(call: Call):
    genesis = call("eth_getBlockByNumber", "0x0", False)
    assert call("eth_getBlockByHash", genesis["stateRoot"], False) is None


def test_tags_name_blocks(call: Call):
    call("evm_mine")
    head = call("eth_getBlockByNumber", "0x1", False)
    for tag in ("latest", "safe", "finalized"):
        assert call("eth_getBlockByNumber", tag, False) == head
    assert call("eth_getBlockByNumber", "earliest", False)["number"] == "0x0"
    pending = call("eth_getBlockByNumber", "pending", True)
    assert (pending["number"], pending["parentHash"]) == ("0x2", head["hash"])
    assert (pending["hash"], pending["nonce"], pending["transactions"]) == (None, None, [])
