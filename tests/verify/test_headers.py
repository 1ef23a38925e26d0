"""A header's bytes hash to its block's hash, on every fork, or are not given out."""

from typing import Any

import pytest
import rlp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.headers import InvalidHeaderError
from ledger.chain.headers import decode_header
from ledger.chain.headers import encode_header
from ledger.chain.receipts import decode_logs
from ledger.chain.receipts import encode_receipt
from ledger.chain.trie import InvalidTrieProofError
from ledger.chain.trie import prove_item
from ledger.record.keccak import keccak
from tests.verify.scenario import Ledger

# Ethereum mainnet's first block, as eth_getBlockByNumber answers.
GENESIS: dict[str, Any] = {
    "hash": "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
    "parentHash": "0x" + "00" * 32,
    "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "miner": "0x" + "00" * 20,
    "stateRoot": "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
    "transactionsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "receiptsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x400000000",
    "number": "0x0",
    "gasLimit": "0x1388",
    "gasUsed": "0x0",
    "timestamp": "0x0",
    "extraData": "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
    "mixHash": "0x" + "00" * 32,
    "nonce": "0x0000000000000042",
}

FORKS: dict[str, dict[str, Any]] = {
    "frontier": {},
    "london": {"baseFeePerGas": "0x7"},
    "shanghai": {"baseFeePerGas": "0x7", "withdrawalsRoot": "0x" + "11" * 32},
    "cancun": {
        "baseFeePerGas": "0x7",
        "withdrawalsRoot": "0x" + "11" * 32,
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x20000",
        "parentBeaconBlockRoot": "0x" + "22" * 32,
    },
    "prague": {
        "baseFeePerGas": "0x7",
        "withdrawalsRoot": "0x" + "11" * 32,
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x20000",
        "parentBeaconBlockRoot": "0x" + "22" * 32,
        "requestsHash": "0x" + "33" * 32,
    },
}


def test_the_first_block_of_mainnet_hashes_to_its_hash() -> None:
    encoded = encode_header(GENESIS)

    assert "0x" + keccak(encoded).hex() == GENESIS["hash"]
    assert decode_header(encoded).number == 0


@pytest.mark.parametrize(("fork", "fields"), FORKS.items(), ids=FORKS)
def test_each_fork_appends_its_fields(fork: str, fields: dict[str, Any]) -> None:
    known = [
        bytes.fromhex(text.removeprefix("0x"))
        if len(text) > 20
        else int(text, 16).to_bytes((int(text, 16).bit_length() + 7) // 8, "big")
        for text in fields.values()
    ]
    encoded = rlp.encode([*rlp.decode(encode_header(GENESIS)), *known])
    block = {**GENESIS, **fields, "hash": "0x" + keccak(encoded).hex()}

    assert encode_header(block) == encoded


def test_every_block_of_the_development_chain_can_be_encoded(ledger: Ledger) -> None:
    for number in range(ledger.w3.eth.block_number + 1):
        block = ledger.w3.eth.get_block(number)

        header = decode_header(encode_header(block))

        assert header.hash == bytes(block["hash"])
        assert (header.number, header.timestamp) == (number, block["timestamp"])
        assert header.parent_hash == bytes(block["parentHash"])


def test_receipts_of_the_development_chain_hash_to_their_root(ledger: Ledger) -> None:
    for number in range(1, ledger.w3.eth.block_number + 1):
        receipts = ledger.w3.eth.get_block_receipts(number)

        root, _ = prove_item([encode_receipt(receipt) for receipt in receipts], 0)

        assert root == bytes(ledger.w3.eth.get_block(number)["receiptsRoot"])


@pytest.mark.parametrize("field", [name for name in GENESIS if name != "hash"])
def test_a_field_that_is_wrong_or_missing_is_noticed(field: str) -> None:
    wrong = GENESIS[field][:-1] + ("1" if GENESIS[field][-1] != "1" else "2")

    with pytest.raises(InvalidHeaderError):
        encode_header({**GENESIS, field: wrong})
    with pytest.raises(InvalidHeaderError):
        encode_header({name: value for name, value in GENESIS.items() if name != field})


@given(st.binary(max_size=700))
def test_no_bytes_make_a_reader_of_headers_fail(encoded: bytes) -> None:
    with pytest.raises(InvalidHeaderError):
        decode_header(encoded)


@given(st.binary(max_size=300))
def test_no_bytes_make_a_reader_of_receipts_fail(encoded: bytes) -> None:
    with pytest.raises(InvalidTrieProofError):
        decode_logs(encoded)


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4])
def test_the_type_of_a_receipt_stands_before_it(kind: int) -> None:
    log = {"address": "0x" + "aa" * 20, "topics": ["0x" + "bb" * 32], "data": "0x01"}
    receipt = {
        "type": hex(kind),
        "status": "0x1",
        "cumulativeGasUsed": "0x5208",
        "logsBloom": "0x" + "00" * 256,
        "logs": [log],
    }

    encoded = encode_receipt(receipt)

    assert encoded[0] == kind or (kind == 0 and encoded[0] >= 0xC0)
    assert decode_logs(encoded)[0].data == b"\x01"
