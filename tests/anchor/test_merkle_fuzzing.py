"""No path but the right one proves a leaf: paths spoiled in every way, of trees of every shape."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ledger.anchor import merkle
from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.merkle import leaf_hash
from ledger.record.keccak import keccak
from tests.anchor.proof_faults import spoiled

records = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70, unique=True)


def tree_over(values: list[bytes]) -> StandardMerkleTree:
    return StandardMerkleTree.of([leaf_hash(["bytes32"], [value]) for value in values])


@given(records, st.data())
def test_a_spoiled_path_proves_nothing(values: list[bytes], data: st.DataObject):
    tree = tree_over(values)
    index = data.draw(st.integers(0, len(values) - 1))
    path = tree.proof(index)
    leaf = leaf_hash(["bytes32"], [values[index]])

    wrong = data.draw(spoiled(path, list(tree.nodes)))

    assert merkle.verify(tree.root, leaf, path)
    assert not merkle.verify(tree.root, leaf, wrong)


@given(records, st.data())
def test_no_path_proves_a_record_that_is_not_in_the_tree(values: list[bytes], data: st.DataObject):
    """Not even a node of the tree taken for a record, whatever path a forger draws up."""
    tree = tree_over(values)
    forged = data.draw(st.sampled_from(tree.nodes) | st.binary(min_size=32, max_size=32))
    paths = st.lists(st.sampled_from(tree.nodes), max_size=8)

    if forged not in values:
        leaf = leaf_hash(["bytes32"], [forged])
        assert not merkle.verify(tree.root, leaf, data.draw(paths))
        for index in range(len(values)):
            path = tree.proof(index)
            for start in range(len(path) + 1):
                assert not merkle.verify(tree.root, leaf, path[start:])


@given(records.filter(lambda values: len(values) > 1))
def test_the_64_bytes_below_a_node_are_no_leaf(values: list[bytes]):
    """The second preimage: they hash to the node once, and leaves are hashed twice."""
    tree = tree_over(values)

    for node in range(len(values) - 1):
        low, high = sorted(tree.nodes[2 * node + 1 : 2 * node + 3])
        path = path_of(tree, node)
        assert merkle.root_of_proof(keccak(low + high), path) == tree.root
        assert not merkle.verify(tree.root, leaf_hash(["bytes32", "bytes32"], [low, high]), path)
        assert not merkle.verify(tree.root, low + high, path)
        assert not merkle.verify(tree.root, low, [high[:-1], *path])


def path_of(tree: StandardMerkleTree, position: int) -> list[bytes]:
    """The siblings from any node up to the root."""
    path = []
    while position:
        path.append(tree.nodes[position + 1 if position % 2 else position - 1])
        position = (position - 1) // 2
    return path


def test_every_other_path_of_small_trees_proves_nothing():
    """Exhaustively: all sequences of a tree's nodes up to its depth and one beyond."""
    for size in (1, 2, 3, 4):
        values = [bytes([number]) * 32 for number in range(size)]
        tree = tree_over(values)
        depth = max(len(tree.proof(index)) for index in range(size))
        for index in range(size):
            leaf = leaf_hash(["bytes32"], [values[index]])
            proving = [
                list(path)
                for length in range(depth + 2)
                for path in itertools.product(tree.nodes, repeat=length)
                if merkle.verify(tree.root, leaf, path)
            ]
            assert proving == [tree.proof(index)]
