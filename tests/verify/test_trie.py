"""Merkle-Patricia proofs agree with the `trie` package, and nothing altered passes."""

import pytest
import rlp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from ledger.chain.trie import EMPTY_ROOT
from ledger.chain.trie import InvalidTrieProofError
from ledger.chain.trie import item_key
from ledger.chain.trie import prove_item
from ledger.chain.trie import value_at
from ledger.record.keccak import keccak

Maps = st.dictionaries(
    st.binary(min_size=1, max_size=4), st.binary(min_size=1, max_size=60), min_size=1, max_size=40
)


def nodes_of(trie: HexaryTrie, key: bytes) -> list[bytes]:
    encoded = [rlp.encode(node) for node in trie.get_proof(key)]
    return [node for place, node in enumerate(encoded) if place == 0 or len(node) >= 32]


@given(Maps, st.binary(min_size=1, max_size=4))
def test_presence_and_absence_are_proven(entries: dict[bytes, bytes], key: bytes) -> None:
    trie = HexaryTrie({})
    for name, value in entries.items():
        trie[name] = value

    for asked in (*entries, key):
        found = value_at(trie.root_hash, asked, nodes_of(trie, asked))
        assert found == entries.get(asked)


@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=300), st.data())
def test_each_item_of_a_block_is_proven(items: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(items) - 1))

    root, nodes = prove_item(items, index)

    assert value_at(root, item_key(index), nodes) == items[index]


@given(st.lists(st.binary(min_size=40, max_size=80), min_size=2, max_size=40), st.data())
def test_an_altered_node_is_refused(items: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(items) - 1))
    root, nodes = prove_item(items, index)
    place = data.draw(st.integers(0, len(nodes) - 1))
    altered = bytearray(nodes[place])
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= data.draw(st.integers(1, 255))
    nodes[place] = bytes(altered)

    with pytest.raises(InvalidTrieProofError, match="hash"):
        value_at(root, item_key(index), nodes)


def test_a_missing_and_a_superfluous_node_are_refused() -> None:
    root, nodes = prove_item([bytes((number,)) * 40 for number in range(1, 20)], 5)

    with pytest.raises(InvalidTrieProofError, match="missing"):
        value_at(root, item_key(5), nodes[:-1])
    with pytest.raises(InvalidTrieProofError, match="belong"):
        value_at(root, item_key(5), [*nodes, nodes[-1]])
    with pytest.raises(InvalidTrieProofError, match="nodes"):
        value_at(root, item_key(5), nodes * 66)


def test_an_empty_trie_holds_nothing() -> None:
    assert keccak(b"\x80") == EMPTY_ROOT
    assert value_at(EMPTY_ROOT, b"key", []) is None
    assert value_at(EMPTY_ROOT, b"key", [b"\x80"]) is None
    with pytest.raises(InvalidTrieProofError):
        value_at(EMPTY_ROOT, b"key", [b"\x81"])


@given(st.binary(max_size=100), st.binary(min_size=1, max_size=8))
def test_no_node_makes_a_verifier_fail(node: bytes, key: bytes) -> None:
    try:
        value_at(keccak(node), key, [node])
    except InvalidTrieProofError:
        return


def test_a_node_nested_beyond_the_stack_is_refused() -> None:
    node = b""
    for _ in range(5_000):
        node = rlp.codec.encode_raw([node]) if not node else _wrapped(node)

    with pytest.raises(InvalidTrieProofError):
        value_at(keccak(node), b"k", [node])


def _wrapped(payload: bytes) -> bytes:
    if len(payload) < 56:
        return bytes((0xC0 + len(payload),)) + payload
    length = len(payload).to_bytes((len(payload).bit_length() + 7) // 8, "big")
    return bytes((0xF7 + len(length),)) + length + payload
