"""A walk gives every block of a DAG once, in depth-first order, and no further than allowed."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ipld.cid import CID
from ledger.ipld.cid import DAG_CBOR
from ledger.ipld.cid import IDENTITY
from ledger.ipld.cid import RAW
from ledger.ipld.links import UnknownCodecError
from ledger.ipld.links import links
from ledger.ipld.traversal import BoundlessDAGError
from ledger.ipld.traversal import WalkLimits
from ledger.ipld.traversal import walk
from ledger.record import dagcbor
from ledger.record.cid import digest_of
from ledger.record.dagcbor import MalformedBlockError


class Blocks(dict[CID, bytes]):
    """Blocks by CID, which notes what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[CID] = []

    def add(self, *targets: CID, content: object = None) -> CID:
        block = dagcbor.encode({"links": list(map(bytes, targets)), "content": content})
        cid = CID.of(digest_of(block))
        self[cid] = block
        return cid

    def fetch(self, cid: CID) -> bytes:
        self.asked.append(cid)
        return self[cid]


@pytest.fixture
def blocks() -> Blocks:
    return Blocks()


def walked(root: CID, store: Blocks, **limits: int) -> list[CID]:
    return [block.cid for block in walk(root, store.fetch, WalkLimits(**limits))]


def test_a_block_comes_before_those_it_links_to_and_each_comes_once(blocks: Blocks):
    shared = blocks.add(content="shared")
    left = blocks.add(shared, content="left")
    right = blocks.add(shared, left, content="right")
    root = blocks.add(left, right)

    assert walked(root, blocks) == [root, left, shared, right]
    assert blocks.asked == [root, left, shared, right]


def test_a_walk_gives_the_bytes_with_each_cid(blocks: Blocks):
    leaf = blocks.add()
    root = blocks.add(leaf)

    assert dict(walk(root, blocks.fetch)) == {root: blocks[root], leaf: blocks[leaf]}


def test_a_walk_fetches_only_as_it_is_read(blocks: Blocks):
    root = blocks.add(blocks.add())

    next(walk(root, blocks.fetch))

    assert blocks.asked == [root]


def test_an_identity_cid_is_followed_and_not_given(blocks: Blocks):
    leaf = blocks.add()
    inline = CID(1, DAG_CBOR, IDENTITY, dagcbor.encode([bytes(leaf)]))
    root = blocks.add(inline)

    assert walked(root, blocks) == [root, leaf]


def chain(blocks: Blocks, length: int) -> CID:
    cid = blocks.add()
    for number in range(length):
        cid = blocks.add(cid, content=number)
    return cid


def test_a_dag_as_deep_as_allowed_is_walked(blocks: Blocks):
    assert len(walked(chain(blocks, 10), blocks, depth=10)) == 11


def test_a_dag_that_is_deeper_is_not(blocks: Blocks):
    with pytest.raises(BoundlessDAGError, match="more than 10 links one after another, at block"):
        walked(chain(blocks, 11), blocks, depth=10)


def test_a_dag_of_more_blocks_than_allowed_is_not_walked_on(blocks: Blocks):
    root = blocks.add(*(blocks.add(content=number) for number in range(10)))

    with pytest.raises(BoundlessDAGError, match="more than 10 blocks"):
        walked(root, blocks, blocks=10)
    assert len(blocks.asked) == 10


def test_a_dag_of_more_bytes_than_allowed_is_not_walked_on(blocks: Blocks):
    root = blocks.add(*(blocks.add(content=str(number) * 100) for number in range(10)))

    with pytest.raises(BoundlessDAGError, match="more than 1,000 bytes"):
        walked(root, blocks, total_bytes=1000)


def test_a_dag_that_would_be_exponential_in_paths_is_linear_in_blocks(blocks: Blocks):
    cid = blocks.add()
    for number in range(50):
        cid = blocks.add(cid, cid, content=number)

    assert len(walked(cid, blocks)) == 51


def test_identity_cids_count_as_blocks_too(blocks: Blocks):
    inline = [CID(1, RAW, IDENTITY, bytes([number])) for number in range(20)]
    root = blocks.add(*inline)

    with pytest.raises(BoundlessDAGError):
        walked(root, blocks, blocks=10)


def test_a_malformed_block_and_an_unknown_codec_are_named(blocks: Blocks):
    broken = b"\xd8\x2a"
    cid = CID.of(digest_of(broken))
    blocks[cid] = broken
    with pytest.raises(MalformedBlockError, match=str(cid)):
        walked(cid, blocks)

    git = CID.of(digest_of(b""), 0x78)
    blocks[git] = b""
    with pytest.raises(UnknownCodecError, match=str(git)):
        walked(git, blocks)


@given(st.lists(st.lists(st.integers(0, 30), max_size=4), min_size=1, max_size=30))
def test_what_is_reachable_is_given_once_and_parents_first(layers: Sequence[Sequence[int]]):
    blocks = Blocks()
    made: list[CID] = []
    for number, targets in enumerate(layers):
        linked = [made[target % number] for target in targets] if number else []
        made.append(blocks.add(*linked, content=number))

    order = walked(made[-1], blocks)

    reachable: set[CID] = set()
    ways = [(made[-1],)]
    while ways:
        for cid in ways.pop():
            if cid not in reachable:
                reachable.add(cid)
                ways.append(links(cid, blocks[cid]))
    assert set(order) == reachable
    assert len(order) == len(reachable)
    for place, cid in enumerate(order[1:], 1):
        assert any(cid in links(earlier, blocks[earlier]) for earlier in order[:place])
