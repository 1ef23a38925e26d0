"""A batch is an IPLD DAG of blocks that IPFS exchanges, and reads back as it was."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.anchor import batch as anchoring
from ledger.anchor import merkle
from ledger.anchor.batch import Batch
from ledger.anchor.leaves import record_leaf
from ledger.anchor.manifest import read_batch
from ledger.anchor.submission import Submission
from ledger.errors import InvalidInputError
from ledger.record import dagcbor
from ledger.record.cid import from_bytes
from ledger.record.keccak import keccak
from ledger.store.sqlite import SQLiteBlockStore
from tests.anchor import batches
from tests.anchor.batches import DOMAIN


@pytest.fixture(scope="module")
def store() -> Iterator[SQLiteBlockStore]:
    with TemporaryDirectory() as folder:
        opened = batches.open_store(Path(folder))
        yield opened
        opened.close()


sizes = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 6)), min_size=1, max_size=8)


def batch_of(parts: list[tuple[int, int]]) -> Batch:
    """Submissions of so many records by such an account."""
    start = 0
    submissions: list[Submission] = []
    for count, account in parts:
        submissions.append(batches.unsigned(batches.digests(start, count), account))
        start += count
    return anchoring.gather(DOMAIN, submissions)


@given(sizes)
@settings(max_examples=40)
def test_reading_gives_the_batch_that_was_written(
    store: SQLiteBlockStore, parts: list[tuple[int, int]]
):
    batch = batch_of(parts)

    found = read_batch(store, batches.publish(store, batch))

    assert found == batch
    assert (found.root, found.count) == (batch.root, batch.count)


@given(sizes)
@settings(max_examples=40)
def test_every_record_has_two_paths_up_to_the_root_on_chain(parts: list[tuple[int, int]]):
    batch = batch_of(parts)

    for record in batch.records():
        submission, lower, upper = batch.path(record)
        assert merkle.verify(submission.root, record_leaf(record), lower)
        assert merkle.verify(batch.root, submission.leaf, upper)


@pytest.mark.parametrize(("submissions", "records"), [(1, 100_000), (20_000, 1)])
def test_large_batches_stay_in_blocks_that_ipfs_exchanges(
    tmp_path: Path, submissions: int, records: int
):
    store = batches.open_store(tmp_path)
    batch = anchoring.gather(
        DOMAIN,
        [
            batches.unsigned(batches.digests(place * records, records))
            for place in range(submissions)
        ],
    )

    manifest = batches.publish(store, batch)

    assert all(len(block) <= dagcbor.MAX_BLOCK_BYTES for _, block in anchoring.blocks(batch))
    assert read_batch(store, manifest) == batch
    store.close()


def test_pinning_the_manifest_pins_everything(tmp_path: Path):
    store = batches.open_store(tmp_path)
    records = batches.digests(0, anchoring.RECORDS_PER_PAGE + 1)
    batch = anchoring.gather(
        DOMAIN, [batches.unsigned(records), batches.unsigned(batches.digests(9_000, 2), 2)]
    )

    waiting, reached = [batches.publish(store, batch)], set()
    while waiting:
        if (digest := waiting.pop()) not in reached:
            reached.add(digest)
            if digest not in batch.records():
                waiting.extend(
                    from_bytes(link) for link in links(dagcbor.decode(store.get(digest)))
                )

    assert reached == {digest for digest, _ in anchoring.blocks(batch)} | set(batch.records())
    store.close()


def links(value: object) -> list[bytes]:
    if isinstance(value, bytes):
        return [value]
    if isinstance(value, dict):
        return [link for each in value.values() for link in links(each)]
    return [link for each in value for link in links(each)] if isinstance(value, list) else []


def test_a_batch_is_named_by_its_publisher_and_its_root():
    publisher = batches.signer(1).address
    root = b"\x07" * 32

    expected = keccak(bytes(12) + bytes.fromhex(publisher[2:]) + root)

    assert anchoring.batch_id(publisher, root) == expected
    assert anchoring.batch_id(batches.signer(2).address, root) != expected


def test_a_record_can_stand_in_a_batch_once():
    once, again = batches.unsigned(batches.digests(0, 3)), batches.unsigned(batches.digests(2, 3))

    with pytest.raises(InvalidInputError, match="occurs twice"):
        anchoring.gather(DOMAIN, [once, again])
    with pytest.raises(InvalidInputError, match="at least one record"):
        anchoring.gather(DOMAIN, [])


def test_a_record_of_another_batch_has_no_path():
    batch = batch_of([(3, 1)])

    with pytest.raises(InvalidInputError, match="not in this batch"):
        batch.path(batches.digest(99))
