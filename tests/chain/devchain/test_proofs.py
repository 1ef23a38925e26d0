"""eth_getProof against the trie package, which checks what the chain's own code made."""

from typing import Any

import rlp
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st
from trie import HexaryTrie

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.chain import DevChain
from tests.chain.devchain.conftest import Call
from tests.chain.devchain.conftest import signed
from tests.chain.devchain.evm import REVERTER
from tests.chain.devchain.evm import STORE


def unhex(value: str) -> bytes:
    return bytes.fromhex(value[2:])


def proven(root: str, key: bytes, proof: list[str]) -> bytes:
    """The value under keccak(key), by nodes that hash up to the root and no others."""
    nodes = [rlp.decode(unhex(node)) for node in proof]
    assert not proof or keccak(unhex(proof[0])) == unhex(root)
    value: bytes = HexaryTrie.get_from_proof(unhex(root), keccak(key), nodes)
    return value


def check(call: Call, proof: dict[str, Any], block: str) -> None:
    """The whole of EIP-1186: account under the state root, slots under the account's."""
    state_root = call("eth_getBlockByNumber", block, False)["stateRoot"]
    account = proven(state_root, unhex(proof["address"]), proof["accountProof"])
    fields = [proof["nonce"], proof["balance"], proof["storageHash"], proof["codeHash"]]
    stated = [int(fields[0], 16), int(fields[1], 16), unhex(fields[2]), unhex(fields[3])]
    absent = [0, 0, keccak(rlp.encode(b"")), keccak(b"")]
    assert account == (b"" if stated == absent else rlp.encode(stated))
    for slot in proof["storageProof"]:
        key = int(slot["key"], 16).to_bytes(32, "big")
        value = proven(proof["storageHash"], key, slot["proof"]) if slot["proof"] else b""
        number = int(slot["value"], 16)
        assert value == (rlp.encode(number) if number else b"")


def store(call: Call, contract: str, slots: dict[int, int]) -> None:
    nonce = int(call("eth_getTransactionCount", dev_account(0).address, "latest"), 16)
    for offset, (slot, value) in enumerate(slots.items()):
        data = slot.to_bytes(32, "big") + value.to_bytes(32, "big")
        raw = signed(nonce + offset, to=contract, data=data, gas=100_000, value=0)
        call("eth_sendRawTransaction", raw)


def test_accounts_are_proven_present_and_absent(call: Call, deploy: Call):
    contract = deploy(REVERTER)
    for address in (dev_account(0).address, contract, "0x" + "99" * 20):
        proof = call("eth_getProof", address, [], "latest")
        check(call, proof, "latest")
    assert call("eth_getProof", dev_account(0).address, [], "latest")["nonce"] == "0x1"


def test_storage_is_proven_present_and_absent(call: Call, deploy: Call):
    contract = deploy(STORE)
    slots = {number: number + 2**200 for number in range(12)}
    store(call, contract, slots)
    asked = [hex(number) for number in range(20)]
    proof = call("eth_getProof", contract, asked, "latest")
    check(call, proof, "latest")
    values = {int(slot["key"], 16): int(slot["value"], 16) for slot in proof["storageProof"]}
    assert values == {number: slots.get(number, 0) for number in range(20)}
    for slot in asked:
        word = call("eth_getStorageAt", contract, slot, "latest")
        assert int(word, 16) == values[int(slot, 16)]
        assert len(word) == 66


def test_an_older_block_has_its_own_proof(call: Call, deploy: Call):
    contract = deploy(STORE)
    store(call, contract, {1: 10, 2: 20})
    then = call("eth_getProof", contract, ["0x1", "0x2"], "0x2")
    assert [slot["value"] for slot in then["storageProof"]] == ["0xa", "0x0"]
    check(call, then, "0x2")


def test_a_key_is_repeated_as_it_was_asked(call: Call, deploy: Call):
    contract = deploy(STORE)
    word = "0x" + "00" * 31 + "05"
    proof = call("eth_getProof", contract, ["0x5", word], "latest")
    assert [slot["key"] for slot in proof["storageProof"]] == ["0x5", word]


def test_small_nodes_stand_in_their_parents_only(call: Call, deploy: Call):
    contract = deploy(STORE)
    store(call, contract, dict.fromkeys(range(40), 1))
    proof = call("eth_getProof", contract, [hex(number) for number in range(40)], "latest")
    check(call, proof, "latest")
    for slot in proof["storageProof"]:
        assert all(len(unhex(node)) >= 32 for node in slot["proof"])


def test_a_slot_that_is_none_is_refused(error: Call):
    for slot in ("zz", "0x", "0x" + "11" * 33, 5, None):
        refusal = error("eth_getProof", dev_account(0).address, [slot], "latest")
        assert refusal["code"] == -32602


@given(address=st.binary(min_size=20, max_size=20))
def test_any_address_is_proven(address: bytes, tmp_path_factory: Any):
    path = tmp_path_factory.getbasetemp() / "proofs.db"
    with DevChain(path) as chain:

        def call(method: str, *params: Any) -> Any:
            request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
            return chain.handle(request)["result"]

        check(call, call("eth_getProof", "0x" + address.hex(), [], "latest"), "latest")
