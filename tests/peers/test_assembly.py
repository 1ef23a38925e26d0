"""A DAG is put together out of what strangers send, and nothing else is kept."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.anchor.submission import MAX_RECORDS
from ledger.peers import assembly as module
from ledger.peers.assembly import Assembly
from ledger.peers.assembly import OversizedDAGError
from ledger.peers.assembly import UnaskedBlockError
from ledger.peers.shape import Shape
from ledger.peers.shape import links_of
from ledger.record import dagcbor
from ledger.record.cid import digest_of
from ledger.record.cid import to_bytes
from ledger.store.blocks import Block
from ledger.store.files import UnusableFileError
from ledger.store.sqlite import SQLiteBlockStore
from tests.peers.dags import DAG
from tests.peers.dags import batch
from tests.peers.dags import block
from tests.peers.dags import over


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteBlockStore]:
    opened = SQLiteBlockStore(tmp_path / "blocks.sqlite")
    yield opened
    opened.close()


def assembly_of(store: SQLiteBlockStore, dag: DAG) -> Assembly:
    return Assembly(store, dag.root, dag.shape)


def fill(assembly: Assembly, blocks: list[Block]) -> None:
    """Add blocks as they are asked for, from a list in any order."""
    given = dict(blocks)
    while wanted := [digest for digest in assembly.missing() if digest in given]:
        for digest in wanted:
            assembly.add(digest, given.pop(digest))
    assembly.flush()


def test_a_dag_comes_from_its_root_to_its_leaves(store: SQLiteBlockStore):
    dag = batch(10)
    assembly = assembly_of(store, dag)
    assert (assembly.is_new, assembly.missing(), assembly.expected) == (True, [dag.root], 1)

    for digest, data in dag.blocks:
        assert assembly.add(digest, data)
    assembly.flush()

    assert assembly.is_complete
    assert store.count() == assembly.expected == len(dag.blocks)


def test_a_block_that_comes_twice_is_taken_once(store: SQLiteBlockStore):
    dag = batch(3)
    assembly = assembly_of(store, dag)

    assert [assembly.add(*dag.blocks[0]) for _ in range(2)] == [True, False]


def test_a_block_that_nobody_asked_for_is_refused(store: SQLiteBlockStore):
    dag, other = batch(3), batch(3, seed=1)
    assembly = assembly_of(store, dag)

    for digest, data in (*other.blocks, *dag.blocks[1:]):  # not linked to yet, of what is here
        with pytest.raises(UnaskedBlockError, match="is no part of"):
            assembly.add(digest, data)
    assembly.flush()

    assert store.count() == 0


def test_bytes_under_another_name_are_refused(store: SQLiteBlockStore):
    dag = batch(3)
    assembly = assembly_of(store, dag)

    with pytest.raises(UnaskedBlockError, match="are not those of"):
        assembly.add(dag.root, dag.blocks[0][1] + b"\0")

    assert assembly.missing() == [dag.root]


@given(order=st.permutations(range(16)), cut=st.integers(0, 16))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_any_part_of_a_dag_counts_in_any_order(tmp_path: Path, order: list[int], cut: int):
    """What is in the store beforehand, from wherever, is not asked for again."""
    dag = batch(11)
    assert len(dag.blocks) == 16
    path = tmp_path / "any.sqlite"
    path.unlink(missing_ok=True)
    store = SQLiteBlockStore(path)
    held = [dag.blocks[place] for place in order[:cut]]
    store.put_many(held)
    assembly = assembly_of(store, dag)

    asked = []
    while wanted := assembly.missing():
        asked += wanted
        for digest in wanted:
            assembly.add(digest, dict(dag.blocks)[digest])
    assembly.flush()

    assert sorted(asked) == sorted(set(dag.digests) - {digest for digest, _ in held})
    assert store.missing(dag.digests) == []
    store.close()


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_dag_is_all_that_is_within_its_depth_however_it_is_linked(
    tmp_path: Path, data: st.DataObject
):
    """Also where one block stands on several levels, and whatever comes first."""
    blocks = [block({"leaf": number}) for number in range(3)]
    for number in range(data.draw(st.integers(1, 8))):
        below = data.draw(st.lists(st.sampled_from(blocks), max_size=4))
        blocks.append(over(below, f"inner {number}"))
    root = blocks[-1][0]
    reached, level = {root}, {root}
    for _ in range(3):
        level = {link for digest in level for link in links_of(dict(blocks)[digest])}
        reached |= level
    path = tmp_path / "linked.sqlite"
    path.unlink(missing_ok=True)
    store = SQLiteBlockStore(path)
    assembly = Assembly(store, root, Shape(3, 100))

    while wanted := assembly.missing():
        chosen = data.draw(st.sampled_from(wanted))
        assembly.add(chosen, dict(blocks)[chosen])
    assembly.flush()

    assert {digest for digest, _ in blocks if not store.missing([digest])} == reached
    assert Assembly(store, root, Shape(3, 100)).is_complete
    store.close()


@given(cut=st.integers(0, 15))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_interruption_anywhere_costs_nothing_that_was_flushed(tmp_path: Path, cut: int):
    dag = batch(11)
    path = tmp_path / "cut.sqlite"
    path.unlink(missing_ok=True)
    store = SQLiteBlockStore(path)
    fill(assembly_of(store, dag), list(dag.blocks[:cut]))

    resumed = assembly_of(store, dag)
    fill(resumed, list(dag.blocks[cut:]))

    assert resumed.is_complete
    assert store.count() == len(dag.blocks)
    store.close()


def test_more_blocks_than_were_anchored_are_refused(store: SQLiteBlockStore):
    dag = batch(40)
    assembly = Assembly(store, dag.root, Shape.of_batch(13))

    with pytest.raises(OversizedDAGError, match="links to more than 40 blocks"):
        fill(assembly, list(dag.blocks))
    store.put_many(dag.blocks)
    with pytest.raises(OversizedDAGError):
        Assembly(store, dag.root, Shape.of_batch(13))


def test_one_block_cannot_widen_a_dag_beyond_its_bound(store: SQLiteBlockStore):
    bomb = over([block({"n": number}) for number in range(20_000)])

    with pytest.raises(OversizedDAGError):
        Assembly(store, bomb[0], Shape.of_batch(10)).add(*bomb)


def test_a_chain_is_not_followed_deeper_than_a_batch_is(store: SQLiteBlockStore):
    chain = [block("end")]
    for _ in range(10):
        chain.append(over([chain[-1]]))
    assembly = Assembly(store, chain[-1][0], Shape.of_batch(100))

    fill(assembly, chain)

    assert assembly.is_complete
    assert store.count() == 4


@pytest.mark.parametrize("records", [MAX_RECORDS, MAX_RECORDS + 1, 2**63])
def test_no_anchor_allows_more_than_the_largest_batch(records: int):
    assert Shape.of_batch(records).blocks == 3 * MAX_RECORDS + 1
    assert Shape.of_report(records).blocks == MAX_RECORDS + 1


@given(data=st.binary(max_size=300))
def test_links_of_anything_are_found_without_an_error(data: bytes):
    assert all(to_bytes(link) in data for link in links_of(data))


def test_links_are_found_wherever_they_stand_in_the_order_of_the_bytes():
    first, second, third = (digest_of(bytes([number])) for number in range(3))
    found = dagcbor.encode(
        {"a": [to_bytes(first), {"b": to_bytes(second)}], "c": [[[to_bytes(third)]]]}
    )

    assert links_of(found) == [first, second, third]


def test_what_comes_goes_to_disk_in_pieces(
    store: SQLiteBlockStore, monkeypatch: pytest.MonkeyPatch
):
    """Memory holds no more than a piece of a large DAG."""
    monkeypatch.setattr(module, "_FLUSH_BYTES", 10_000)
    dag = batch(200, size=1_000)
    assembly = assembly_of(store, dag)
    most = 0

    for digest, data in dag.blocks:
        assembly.add(digest, data)
        most = max(most, assembly._fresh_bytes)

    assert most < 12_000
    assert store.count() > 180


def test_a_full_disk_is_no_progress(
    store: SQLiteBlockStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(module, "_FLUSH_BLOCKS", 5)
    dag = batch(30, size=2_000)
    store._database._connection.execute("PRAGMA max_page_count = 12")
    assembly = assembly_of(store, dag)

    with pytest.raises(UnusableFileError, match="full"):
        fill(assembly, list(dag.blocks))
    with pytest.raises(UnusableFileError, match="full"):
        assembly.flush()  # nothing that came is forgotten, nor counts as stored

    store._database._connection.execute("PRAGMA max_page_count = 1000000")
    fill(assembly_of(store, dag), list(dag.blocks))
    assert assembly_of(store, dag).is_complete
    assert store.missing(dag.digests) == []


def damage(store: SQLiteBlockStore, digest: Any) -> None:
    with sqlite3.connect(store.path) as file:
        file.execute("UPDATE blocks SET bytes = ? WHERE digest = ?", (b"forged", digest))
    file.close()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_damaged_block_on_the_way_is_missing(store: SQLiteBlockStore, place: int):
    dag = batch(9)
    store.put_many(dag.blocks)
    damage(store, dag.blocks[place][0])

    assembly = assembly_of(store, dag)
    assert assembly.missing() == [dag.blocks[place][0]]
    fill(assembly, list(dag.blocks))

    assert assembly_of(store, dag).is_complete
    assert store.get(dag.blocks[place][0]) == dag.blocks[place][1]


def test_damaged_leaves_are_found_when_they_are_looked_for(store: SQLiteBlockStore):
    dag = batch(9)
    store.put_many(dag.blocks)
    damage(store, dag.digests[-1])
    assembly = assembly_of(store, dag)
    assert assembly.is_complete

    assert assembly.discard_damaged() == 1

    assert assembly.missing() == [dag.digests[-1]]
    assert assembly_of(store, dag).missing() == [dag.digests[-1]]
