"""The trees that OpenZeppelin publishes with its merkle-tree library come out here, node by node.

Source: https://github.com/OpenZeppelin/merkle-tree, the example of README.md and the tree of
test/dumps/standard-v1.sorted.1_0_6.json (leaves ``("a")`` to ``("f")``, type ``string``), also
drawn in src/standard.test.ts; and the same leaves unsorted, which this library never makes.
"""

import pytest

from ledger.anchor import merkle
from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.merkle import leaf_hash

LETTERS = "abcdef"
SORTED = """
    6deb52b5da8fd108f79fab00341f38d2587896634c646ee52e49f845680a70c8
    52426e0f1f65ff7e209a13b8c29cffe82e3acaf3dad0a9b9088f3b9a61a929c3
    fd3cf45654e88d1cc5d663578c82c76f4b5e3826bacaa1216441443504538f51
    8076923e76cf01a7c048400a2304c9a9c23bbbdac3a98ea3946340fdafbba34f
    965b92c6cf08303cc4feb7f3e0819c436c2cec17c6f0688a6af139c9a368707c
    eba909cf4bb90c6922771d7f126ad0fd11dfde93f3937a196274e1ac20fd2f5b
    c62a8cfa41edc0ef6f6ae27a2985b7d39c7fea770787d7e104696c6e81f64848
    9cf5a63718145ba968a01c1d557020181c5b252f665cf7386d370eddb176517b
    9c15a6a0eaeed500fd9eed4cbeab71f797cefcc67bfd46683e4d2e6ff7f06d1c
    9a4f64e953595df82d1b4f570d34c4f4f0cfaf729a61e9d60e83e579e1aa283e
    19ba6c6333e0e9a15bf67523e0676e2f23eb8e574092552d5e888c64a4bb3681
"""
UNSORTED = """
    23be0977360f08bb0bd7f709a7d543d2cd779c79c66d74e0441919871647de2b
    8f7234e8cfe39c08ca84a3a3e3274f574af26fd15165fe29e09cbab742daccd9
    7b0c6cd04b82bfc0e250030a5d2690c52585e0cc6a4f3bc7909d7723b0236ece
    03707d7802a71ca56a8ad8028da98c4f1dbec55b31b4a25d536b5309cc20eda9
    fa914d99a18dc32d9725b3ef1c50426deb40ec8d0885dac8edcc5bfd6d030016
    c62a8cfa41edc0ef6f6ae27a2985b7d39c7fea770787d7e104696c6e81f64848
    9a4f64e953595df82d1b4f570d34c4f4f0cfaf729a61e9d60e83e579e1aa283e
    eba909cf4bb90c6922771d7f126ad0fd11dfde93f3937a196274e1ac20fd2f5b
    9cf5a63718145ba968a01c1d557020181c5b252f665cf7386d370eddb176517b
    19ba6c6333e0e9a15bf67523e0676e2f23eb8e574092552d5e888c64a4bb3681
    9c15a6a0eaeed500fd9eed4cbeab71f797cefcc67bfd46683e4d2e6ff7f06d1c
"""
POSITIONS = (8, 10, 7, 5, 9, 6)


def nodes(text: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(line) for line in text.split())


def letter(value: str) -> bytes:
    return leaf_hash(["string"], [value])


def test_the_tree_of_the_readme():
    values = [
        ["0x1111111111111111111111111111111111111111", 5_000_000_000_000_000_000],
        ["0x2222222222222222222222222222222222222222", 2_500_000_000_000_000_000],
    ]
    tree = StandardMerkleTree.of([leaf_hash(["address", "uint256"], value) for value in values])

    assert [node.hex() for node in tree.nodes] == [
        "d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77",
        "eb02c421cfa48976e66dfb29120745909ea3a0f843456c263cf8f1253483e283",
        "b92c48e9d7abe27fd8dfd6b5dfdbfb1c9a463f80c712b66f3a5180a090cccafc",
    ]
    assert [node.hex() for node in tree.proof(0)] == [tree.nodes[2].hex()]


def test_the_tree_of_the_dump():
    tree = StandardMerkleTree.of([letter(each) for each in LETTERS])

    assert tree.nodes == nodes(SORTED)
    assert tree.positions == POSITIONS


@pytest.mark.parametrize("each", LETTERS)
@pytest.mark.parametrize("dump", [SORTED, UNSORTED], ids=["sorted", "unsorted"])
def test_the_proofs_of_both_dumps_verify(each: str, dump: str):
    tree = nodes(dump)
    position = tree.index(letter(each))
    path = []
    while position:
        path.append(tree[position + 1 if position % 2 else position - 1])
        position = (position - 1) // 2

    assert merkle.verify(tree[0], letter(each), path)
    assert not merkle.verify(tree[0], letter("g"), path)


@pytest.mark.parametrize("each", "abc")
def test_the_proofs_of_another_tree_are_refused(each: str):
    """As the library's own test does: the same leaves, out of a smaller tree."""
    smaller = StandardMerkleTree.of([letter(other) for other in "abc"])

    path = smaller.proof("abc".index(each))

    assert merkle.verify(smaller.root, letter(each), path)
    assert not merkle.verify(nodes(SORTED)[0], letter(each), path)
