"""eth_getProof: Merkle proofs of an account and its storage (EIP-1186)."""

from typing import Any

import rlp  # type: ignore[import-untyped]
from eth.abc import BlockHeaderAPI
from eth.rlp.accounts import Account
from eth_hash.auto import keccak
from trie.hexary import HexaryTrie

from ledger.chain.devchain.database import ChainDatabase
from ledger.chain.devchain.encoding import data
from ledger.chain.devchain.encoding import parse_slot
from ledger.chain.devchain.encoding import quantity
from ledger.chain.devchain.encoding import word

# A node whose RLP is shorter stands inside its parent and has no hash of its own.
_EMBEDDED_BELOW = 32
_WORD_DIGITS = 64


def account_proof(
    database: ChainDatabase, header: BlockHeaderAPI, address: bytes, slots: list[str]
) -> dict[str, Any]:
    """The proof object for an account and storage slots after a block.

    An absent account or slot is proven too: its nodes lead to where it would be.

    Raises:
        RpcError: a slot is malformed.
    """
    numbers = [parse_slot(slot) for slot in slots]
    state = HexaryTrie(database, root_hash=header.state_root)
    key = keccak(address)
    encoded = state[key]
    account = rlp.decode(encoded, sedes=Account) if encoded else Account()
    storage = HexaryTrie(database, root_hash=account.storage_root)
    return {
        "address": data(address),
        "accountProof": _proof(state, key),
        "balance": quantity(account.balance),
        "codeHash": data(account.code_hash),
        "nonce": quantity(account.nonce),
        "storageHash": data(account.storage_root),
        "storageProof": [
            _slot_proof(storage, number, slot) for number, slot in zip(numbers, slots, strict=True)
        ],
    }


def _slot_proof(storage: HexaryTrie, number: int, asked: str) -> dict[str, Any]:
    key = keccak(number.to_bytes(32, "big"))
    encoded = storage[key]
    value = int.from_bytes(rlp.decode(encoded), "big") if encoded else 0
    # geth repeats the key in the form it was asked for: full words stay words.
    is_word = len(asked) == len("0x") + _WORD_DIGITS
    return {
        "key": word(number) if is_word else quantity(number),
        "value": quantity(value),
        "proof": _proof(storage, key),
    }


def _proof(trie: HexaryTrie, key: bytes) -> list[str]:
    nodes = [rlp.encode(node) for node in trie.get_proof(key)]  # type: ignore[no-untyped-call]
    return [
        data(node)
        for position, node in enumerate(nodes)
        if position == 0 or len(node) >= _EMBEDDED_BELOW
    ]
