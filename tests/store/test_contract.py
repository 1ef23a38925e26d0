"""What every block store has to do, asked of each of them."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.store.blocks import Block
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import BlockStore
from ledger.store.kubo import KuboStore
from ledger.store.sqlite import SQLiteBlockStore
from tests.store.kubo.daemons import kubo

Open = Callable[[], BlockStore]


@pytest.fixture(scope="module", params=["SQLite", "Kubo"])
def reopen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> object:
    """Opens the same blocks once more, as another process would."""
    folder: Path = tmp_path_factory.mktemp("store")
    if request.param == "SQLite":
        yield lambda: SQLiteBlockStore(folder / "blocks.sqlite")
    else:
        with kubo(folder) as daemon:
            yield lambda: KuboStore(daemon.url)


@pytest.fixture
def store(reopen: Open) -> Iterator[BlockStore]:
    with closing(reopen()) as opened:
        yield opened


def blocks(name: str, count: int) -> list[Block]:
    contents = [dagcbor.encode({name: number}) for number in range(count)]
    return [(digest_of(content), content) for content in contents]


ANY_SIZE = pytest.mark.parametrize("count", [1, 3, 60, 700])


@ANY_SIZE
def test_what_was_put_is_there_for_whoever_opens_the_store_next(
    store: BlockStore, reopen: Open, count: int
):
    put = blocks(f"put {count}", count)

    store.put_many(iter(put))

    with closing(reopen()) as again:
        assert list(again.get_many([digest for digest, _ in put])) == [data for _, data in put]
        assert again.get(put[-1][0]) == put[-1][1]


@ANY_SIZE
def test_only_new_blocks_are_counted_as_new(store: BlockStore, count: int):
    put = blocks(f"new {count}", count)
    more = blocks(f"more {count}", 2)

    assert store.put_many(put) == count
    assert store.put_many(put) == 0
    assert store.put_many([*put, *more]) == 2


def test_a_block_that_is_put_twice_at_once_is_one(store: BlockStore):
    (twice,) = blocks("twice", 1)

    assert store.put_many([twice, twice]) == 1
    assert list(store.get_many([twice[0], twice[0]])) == [twice[1], twice[1]]


def test_to_put_nothing_does_nothing(store: BlockStore):
    assert store.put_many([]) == 0
    assert list(store.get_many([])) == []
    assert store.missing([]) == []


@ANY_SIZE
def test_what_is_missing_is_named_in_the_order_asked(store: BlockStore, count: int):
    here = [digest for digest, _ in blocks(f"here {count}", count)]
    there = [digest for digest, _ in blocks(f"there {count}", count)]
    store.put_many(blocks(f"here {count}", count))
    asked = [each for pair in zip(there, here, strict=True) for each in pair]

    assert store.missing(asked) == there


def test_a_block_that_is_not_here_is_named(store: BlockStore):
    ((digest, _),) = blocks("absent", 1)

    with pytest.raises(BlockNotFoundError) as refused:
        store.get(digest)
    assert refused.value.digest == digest


@ANY_SIZE
def test_many_are_given_up_to_the_one_that_is_missing(store: BlockStore, count: int):
    put = blocks(f"partly {count}", count)
    store.put_many(put)
    ((absent, _),) = blocks("absent", 1)
    half = count // 2
    asked = [digest for digest, _ in put[:half]] + [absent] + [digest for digest, _ in put[half:]]
    reading = store.get_many(asked)

    assert [next(reading) for _ in range(half)] == [data for _, data in put[:half]]
    with pytest.raises(BlockNotFoundError) as refused:
        next(reading)
    assert refused.value.digest == absent


def test_many_come_in_the_order_asked_also_where_one_is_asked_for_twice(store: BlockStore):
    put = blocks("order", 100)
    store.put_many(put)
    asked = [*reversed(put), *put[:50], put[7]]

    assert list(store.get_many([digest for digest, _ in asked])) == [data for _, data in asked]


def test_reading_can_be_left_off(store: BlockStore):
    put = blocks("left off", 500)
    store.put_many(put)
    reading = store.get_many([digest for digest, _ in put])

    assert next(reading) == put[0][1]
    reading.close()  # type: ignore[attr-defined]
    assert store.get(put[1][0]) == put[1][1]


def test_the_count_grows_with_what_is_new(store: BlockStore):
    before = store.count()

    store.put_many(blocks("count", 20))

    assert store.count() >= before + 20


def test_a_block_of_the_largest_size_goes_in_and_comes_out(store: BlockStore):
    content = bytes(dagcbor.MAX_BLOCK_BYTES)
    store.put_many([(digest_of(content), content)])

    assert store.get(digest_of(content)) == content


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=200), max_size=80))
def test_any_bytes_come_back_as_they_were(store: BlockStore, contents: list[bytes]):
    put = [(digest_of(content), content) for content in contents]

    store.put_many(put)

    assert list(store.get_many([digest for digest, _ in put])) == contents
    assert store.missing([digest for digest, _ in put]) == []


@ANY_SIZE
def test_what_is_discarded_is_gone_and_the_rest_stays(store: BlockStore, count: int):
    put, other = blocks(f"discard {count}", count), blocks(f"stay {count}", count)
    store.put_many([*put, *other])

    gone = store.discard([digest for digest, _ in put])

    assert gone == count
    assert len(store.missing([digest for digest, _ in put])) == count
    assert store.missing([digest for digest, _ in other]) == []
    assert store.discard([put[0][0]]) == 0


def test_digests_come_in_pieces_each_once_and_in_order(store: BlockStore):
    put = {digest for digest, _ in blocks("digests", 100)}
    store.put_many(blocks("digests", 100))

    listed = []
    while piece := store.digests(listed[-1] if listed else Digest(b""), 37):
        listed += piece

    assert listed == sorted(set(listed))
    assert put <= set(listed)
    assert len(listed) == store.count()


def test_the_size_grows_with_what_is_put(store: BlockStore):
    before = store.size_bytes()
    store.put_many((digest_of(data), data) for data in (bytes([n]) * 100_000 for n in range(20)))

    assert store.size_bytes() - before >= 2_000_000
