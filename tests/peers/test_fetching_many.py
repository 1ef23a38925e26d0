"""Thousands of small DAGs come in a few requests, and a liar among many harms none of them."""

from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

import pytest

from ledger.errors import UnavailableError
from ledger.peers.assembly import Assembly
from ledger.peers.fetching import fetch_many
from ledger.peers.http import MisbehavedError
from ledger.peers.http import PeerUnavailableError
from ledger.peers.shape import Shape
from ledger.peers.sources import BLOCKS_AT_ONCE
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_bytes
from ledger.store.blocks import Block
from ledger.store.sqlite import SQLiteBlockStore

SHAPE = Shape(depth=1, blocks=10)
Told = list[tuple[UnavailableError | None, int]]


class Holder:
    """Gives what it holds, and counts how often it is asked."""

    url = "http://holder.example"

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.held = dict(blocks)
        self.requests: list[int] = []

    def dag(self, root: Digest, *, most_blocks: int) -> Iterator[Block]:
        raise AssertionError("many DAGs are asked for together")

    def blocks(self, digests: Sequence[Digest]) -> Iterator[Block]:
        self.requests.append(len(digests))
        return ((digest, self.held[digest]) for digest in digests if digest in self.held)


class Liar(Holder):
    """Gives, after a few right ones, a block that nobody asked for."""

    def blocks(self, digests: Sequence[Digest]) -> Iterator[Block]:
        yield from list(super().blocks(digests))[:3]
        yield digest_of(b"\xa0"), b"\xa0"


class Silent(Holder):
    """Breaks off after a few."""

    def blocks(self, digests: Sequence[Digest]) -> Iterator[Block]:
        yield from list(super().blocks(digests))[:3]
        raise PeerUnavailableError("it broke off")


def dag(name: str, leaves: int) -> list[Block]:
    """A root over leaves, the root first."""
    content = [dagcbor.encode({name: number}) for number in range(leaves)]
    root = dagcbor.encode({"links": [to_bytes(digest_of(each)) for each in content]})
    return [(digest_of(each), each) for each in (root, *content)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteBlockStore]:
    opened = SQLiteBlockStore(tmp_path / "blocks.sqlite")
    yield opened
    opened.close()


def assemblies(store: SQLiteBlockStore, dags: Sequence[list[Block]]) -> list[Assembly]:
    return [Assembly(store, each[0][0], SHAPE) for each in dags]


def fetched(store: SQLiteBlockStore, dags: Sequence[list[Block]], source: Holder) -> Told:
    told: Told = []
    fetch_many(
        assemblies(store, dags),
        source,
        lambda _, problem, blocks, __: told.append((problem, blocks)),
    )
    return told


def test_a_thousand_dags_come_in_a_request_for_each_level_and_two_thousand_blocks(
    store: SQLiteBlockStore,
):
    dags = [dag(f"dag {number}", 3) for number in range(1_000)]
    source = Holder([block for each in dags for block in each])

    told = fetched(store, dags, source)

    assert told == [(None, 4_000)]
    assert all(each.is_complete for each in assemblies(store, dags))
    assert source.requests == [1_000, BLOCKS_AT_ONCE, 1_000]


def test_a_block_of_two_dags_comes_once_and_completes_both(store: SQLiteBlockStore):
    first = dag("shared", 2)
    root = dagcbor.encode({"other": [to_bytes(first[1][0])]})
    second = [(digest_of(root), root), first[1]]
    source = Holder([*first, *second])

    told = fetched(store, [first, second], source)

    assert told == [(None, 4)]
    assert all(each.is_complete for each in assemblies(store, [first, second]))


def test_what_a_source_lacks_stays_missing_and_is_asked_for_once(store: SQLiteBlockStore):
    whole, partly, absent = dag("whole", 3), dag("partly", 3), dag("absent", 3)
    source = Holder([*whole, *partly[:-1]])

    told = fetched(store, [whole, partly, absent], source)

    assert told == [(None, 7)]
    found = assemblies(store, [whole, partly, absent])
    assert [len(each.missing()) for each in found] == [0, 1, 1]
    assert sum(source.requests) == 3 + 6


def test_a_liar_is_told_of_and_nothing_it_made_up_is_kept(store: SQLiteBlockStore):
    dags = [dag(f"dag {number}", 3) for number in range(10)]
    ((problem, _),) = fetched(store, dags, Liar([block for each in dags for block in each]))

    assert isinstance(problem, MisbehavedError)
    assert store.missing([digest_of(b"\xa0")])
    assert store.count() == 3


def test_what_came_before_a_source_broke_off_is_kept(store: SQLiteBlockStore):
    dags = [dag(f"dag {number}", 3) for number in range(10)]
    ((problem, blocks),) = fetched(store, dags, Silent([block for each in dags for block in each]))

    assert isinstance(problem, PeerUnavailableError)
    assert blocks == 3
    assert store.count() == 3


def test_a_source_is_not_asked_for_what_is_here_and_nothing_is_said_of_it(store: SQLiteBlockStore):
    whole = dag("whole", 3)
    store.put_many(whole)
    source = Holder([])

    assert fetched(store, [whole], source) == []
    assert source.requests == []
