"""The laws of the trees: every leaf has a path, and nothing else has."""

import pytest
from eth_abi import encode as abi_encode
from hypothesis import given
from hypothesis import strategies as st

from ledger.anchor import leaves as ledger_leaves
from ledger.anchor import merkle
from ledger.anchor.merkle import InvalidTreeError
from ledger.anchor.merkle import StandardMerkleTree
from ledger.record.keccak import keccak

hashes = st.binary(min_size=32, max_size=32)
leaf_sets = st.lists(hashes, min_size=1, max_size=40, unique=True)
several_leaves = st.lists(hashes, min_size=2, max_size=40, unique=True)


@given(leaf_sets)
def test_the_path_of_every_leaf_leads_to_the_root(leaves: list[bytes]):
    tree = StandardMerkleTree.of(leaves)

    for index, leaf in enumerate(leaves):
        assert merkle.verify(tree.root, leaf, tree.proof(index))


@given(several_leaves, st.data())
def test_a_path_proves_its_own_leaf_only(leaves: list[bytes], data: st.DataObject):
    tree = StandardMerkleTree.of(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))

    for other in range(len(leaves)):
        if other != index:
            assert not merkle.verify(tree.root, leaves[other], tree.proof(index))


@given(leaf_sets, hashes)
def test_a_stranger_has_no_path(leaves: list[bytes], stranger: bytes):
    tree = StandardMerkleTree.of(leaves)

    if stranger not in leaves:
        assert not any(
            merkle.verify(tree.root, stranger, tree.proof(index)) for index in range(len(leaves))
        )


@given(leaf_sets, st.randoms(use_true_random=False))
def test_the_root_does_not_depend_on_the_order_of_the_leaves(leaves: list[bytes], random):
    shuffled = random.sample(leaves, len(leaves))

    tree, other = StandardMerkleTree.of(leaves), StandardMerkleTree.of(shuffled)

    assert tree.root == other.root
    for leaf in leaves:
        assert tree.proof(leaves.index(leaf)) == other.proof(shuffled.index(leaf))


@given(several_leaves, st.data())
def test_a_changed_path_proves_nothing(leaves: list[bytes], data: st.DataObject):
    tree = StandardMerkleTree.of(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = tree.proof(index)
    place = data.draw(st.integers(0, len(proof) - 1))
    node = proof[place]
    bit = data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(node, "big") ^ 1 << bit).to_bytes(32, "big")
    before, after = proof[:place], proof[place + 1 :]

    for changed in (
        [*before, flipped, *after],
        [*before, *after],
        [*before, node, node, *after],
        [*before, node[:-1], *after],
        [*before, node + b"\x00", *after],
        [*proof, tree.root],
        [*proof, *proof],
    ):
        assert not merkle.verify(tree.root, leaves[index], changed)


@given(several_leaves)
def test_an_inner_node_is_no_leaf(leaves: list[bytes]):
    """A second preimage: the 64 bytes below a node hash to it once, but leaves are hashed twice."""
    tree = StandardMerkleTree.of(leaves)
    children = b"".join(sorted(tree.nodes[1:3]))

    assert keccak(children) == tree.root
    assert not merkle.verify(tree.root, children, [])
    assert keccak(keccak(children)) != tree.root
    assert not merkle.verify(tree.root, children[:32] + children[32:], [])


def test_a_path_longer_than_any_tree_is_not_even_hashed():
    leaf = b"\x01" * 32
    proof = [b"\x02" * 32] * (merkle.MAX_PROOF_NODES + 1)

    assert not merkle.verify(merkle.root_of_proof(leaf, proof), leaf, proof)


def test_one_leaf_is_its_own_root():
    tree = StandardMerkleTree.of([b"\x01" * 32])

    assert tree.root == b"\x01" * 32
    assert tree.proof(0) == []


@pytest.mark.parametrize(
    "leaves",
    [[], [b"\x01" * 31], [b"\x01" * 33], [b"\x01" * 32, b"\x02" * 32, b"\x01" * 32]],
    ids=["none", "too short", "too long", "twice"],
)
def test_what_makes_no_tree_is_refused(leaves: list[bytes]):
    with pytest.raises(InvalidTreeError):
        StandardMerkleTree.of(leaves)


@given(hashes, st.binary(min_size=20, max_size=20), st.integers(0, 2**32 - 1))
def test_the_ledgers_leaves_are_abi_encoded(value: bytes, address: bytes, number: int):
    def expected(types: list[str], values: list[object]) -> bytes:
        return keccak(keccak(abi_encode(types, values)))

    assert ledger_leaves.record_leaf(value) == expected(["bytes32"], [value])
    assert merkle.leaf_hash(["bytes32"], [value]) == expected(["bytes32"], [value])
    assert ledger_leaves.submission_leaf(value, address, number) == expected(
        ["bytes32", "address", "uint32"], [value, address, number]
    )
    for accepted in (True, False):
        reason = number % 2**16
        assert ledger_leaves.verdict_leaf(value, accepted=accepted, reason=reason) == expected(
            ["bytes32", "bool", "uint16"], [value, accepted, reason]
        )
