"""Batches out of one store and into another, and what is said of files that are not right."""

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.anchor import batch as batches
from ledger.anchor.batch import Batch
from ledger.errors import NotFoundError
from ledger.ipld.car import CARBlock
from ledger.ipld.car import CARLimits
from ledger.ipld.car import CARReader
from ledger.ipld.car import write_car
from ledger.ipld.cid import CID
from ledger.ipld.cid import DAG_CBOR
from ledger.ipld.cid import IDENTITY
from ledger.ipld.cid import RAW
from ledger.record import dagcbor
from ledger.record.cid import digest_of
from ledger.store.blocks import BlockNotFoundError
from ledger.store.sqlite import SQLiteBlockStore
from ledger.store.transfer import Imported
from ledger.store.transfer import export_car
from ledger.store.transfer import import_car
from tests.anchor.batches import DOMAIN
from tests.anchor.batches import unsigned


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[SQLiteBlockStore]:
    with closing(SQLiteBlockStore(tmp_path / "ours.sqlite")) as opened:
        yield opened


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[SQLiteBlockStore]:
    with closing(SQLiteBlockStore(tmp_path / "theirs.sqlite")) as opened:
        yield opened


@pytest.fixture
def manifest(theirs: SQLiteBlockStore) -> CID:
    """Of a batch of forty records in their store."""
    contents = [dagcbor.encode({"record": number}) for number in range(40)]
    records = [(digest_of(content), content) for content in contents]
    parts = tuple(
        unsigned([digest for digest, _ in records[start : start + 20]], account)
        for account, start in ((1, 0), (2, 20))
    )
    above = list(batches.blocks(Batch(DOMAIN, parts)))
    theirs.put_many([*records, *above])
    return CID.of(above[-1][0])


def exported(store: SQLiteBlockStore, root: CID) -> bytes:
    return b"".join(export_car(store, root))


def imported(store: SQLiteBlockStore, content: bytes, **limits: int) -> Imported:
    return import_car(store, io.BytesIO(content), limits=CARLimits(**limits))


def test_a_batch_goes_over_whole(ours: SQLiteBlockStore, theirs: SQLiteBlockStore, manifest: CID):
    found = imported(ours, exported(theirs, manifest))

    assert found == Imported(roots=(manifest,), blocks=44, new=44, missing=0, problem="")
    assert exported(ours, manifest) == exported(theirs, manifest)


def test_a_second_import_brings_nothing_new(theirs: SQLiteBlockStore, manifest: CID):
    assert imported(theirs, exported(theirs, manifest)).new == 0


def test_a_file_begins_with_its_root_and_holds_each_block_once(
    theirs: SQLiteBlockStore, manifest: CID
):
    reader = CARReader(io.BytesIO(exported(theirs, manifest)))
    blocks = [block.cid for block in reader]

    assert reader.roots == (manifest,)
    assert blocks[0] == manifest
    assert len(blocks) == len(set(blocks)) == 44


def test_progress_is_told_for_each_block(
    ours: SQLiteBlockStore, theirs: SQLiteBlockStore, manifest: CID
):
    out: list[CARBlock] = []
    back: list[CARBlock] = []
    content = b"".join(export_car(theirs, manifest, out.append))
    import_car(ours, io.BytesIO(content), back.append)

    assert len(out) == 44
    assert back == out


def test_a_root_that_is_not_here_is_known_before_anything_is_written(ours: SQLiteBlockStore):
    absent = CID.of(digest_of(b"absent"))

    with pytest.raises(BlockNotFoundError, match=str(absent)):
        export_car(ours, absent)
    with pytest.raises(NotFoundError, match="another hash than sha2-256"):
        export_car(ours, CID(1, RAW, 0x13, bytes(64)))


def test_blocks_before_a_bad_one_are_kept_and_the_bad_one_is_named(
    ours: SQLiteBlockStore, theirs: SQLiteBlockStore, manifest: CID
):
    blocks = list(CARReader(io.BytesIO(exported(theirs, manifest))))
    bad = blocks[20]._replace(data=b"changed")
    content = b"".join(write_car([manifest], [*blocks[:20], bad, *blocks[21:]]))

    found = imported(ours, content)

    assert found.problem == f"block {bad.cid} does not hash to its CID"
    assert (found.blocks, found.new) == (20, 20)
    assert found.missing > 0
    assert ours.missing([block.cid.sha256 for block in blocks[:20] if block.cid.sha256]) == []
    assert ours.count() == 20


def test_a_file_cut_off_between_two_blocks_is_told_by_what_it_lacks(
    ours: SQLiteBlockStore, theirs: SQLiteBlockStore, manifest: CID
):
    blocks = list(CARReader(io.BytesIO(exported(theirs, manifest))))

    found = imported(ours, b"".join(write_car([manifest], blocks[:-3])))

    assert (found.problem, found.missing) == ("", 3)


def test_a_root_that_is_not_in_the_file_is_missing(ours: SQLiteBlockStore):
    assert imported(ours, b"".join(write_car([CID.of(digest_of(b"x"))], []))).missing == 1


def test_a_file_of_what_is_here_in_part_lacks_nothing(
    ours: SQLiteBlockStore, theirs: SQLiteBlockStore, manifest: CID
):
    blocks = list(CARReader(io.BytesIO(exported(theirs, manifest))))
    imported(ours, b"".join(write_car([], blocks[30:])))

    assert imported(ours, b"".join(write_car([manifest], blocks[:30]))).missing == 0


def test_a_file_that_is_none_brings_nothing(ours: SQLiteBlockStore):
    found = imported(ours, b"<html>")

    assert found.problem
    assert (found.blocks, ours.count()) == (0, 0)


def test_a_block_that_hashes_but_is_not_of_its_codec_is_named(ours: SQLiteBlockStore):
    broken = b"\xd8\x2a\x00"
    block = CARBlock(CID.of(digest_of(broken), DAG_CBOR), broken)

    found = imported(ours, b"".join(write_car([], [block])))

    assert found.problem.startswith(f"block {block.cid} is malformed")
    assert ours.count() == 0


def test_an_identity_block_is_followed_and_not_kept(ours: SQLiteBlockStore):
    leaf = CARBlock(CID.of(digest_of(b"leaf"), RAW), b"leaf")
    inline = dagcbor.encode([bytes(leaf.cid)])
    root = CARBlock(CID(1, DAG_CBOR, IDENTITY, inline), inline)

    found = imported(ours, b"".join(write_car([root.cid], [root, leaf])))

    assert (found.blocks, found.new, found.missing) == (2, 1, 0)
    assert b"leaf" in exported(ours, root.cid)


def test_a_bomb_is_given_up(ours: SQLiteBlockStore):
    same = CARBlock(CID.of(digest_of(b"same"), RAW), b"same")

    found = imported(ours, b"".join(write_car([], [same] * 100)), blocks=50)

    assert "exceeds 50 blocks" in found.problem
    assert str(same.cid) in found.problem
    assert ours.count() == 1
