"""Pending records that turn into anchored ones where they stand."""

from pathlib import Path

import pytest

from ledger.index.database import Index
from ledger.index.database import open_index
from ledger.index.queries import Queries
from ledger.index.sync import Sync
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.dumps import dump
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import SimulatedChain

OWN = ledgers.signer(1).address


def add(index: Index, store: SQLiteBlockStore, *rows: int, by: str | None) -> list[Digest]:
    records = [ledgers.record(row) for row in rows]
    digests = ledgers.keep(store, records)
    index.add_pending((digest, record, by) for digest, record in zip(digests, records, strict=True))
    return digests


def anchor(store: SQLiteBlockStore, chain: SimulatedChain, digests: list[Digest], by: int) -> None:
    batch = ledgers.gather(ledgers.submit(digests, by))
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))


def keys(index: Index) -> set[int]:
    with index.read() as connection:
        return set(connection.exec_driver_sql("SELECT id FROM records").scalars())


@pytest.mark.parametrize("confirmations", [0, 1])
def test_an_index_with_pending_records_becomes_what_one_without_them_becomes(
    index: Index,
    store: SQLiteBlockStore,
    chain: SimulatedChain,
    tmp_path: Path,
    *,
    confirmations: int,
):
    own = add(index, store, 1, 2, by=OWN)
    unsigned = add(index, store, 3, by=None)
    others = add(index, store, 4, by=ledgers.signer(2).address)
    strange = ledgers.keep(store, [ledgers.record(5)])
    for digests in (own + unsigned, others + strange, own[:1]):
        anchor(store, chain, digests, by=1)
    chain.mine()

    other = open_index(f"sqlite:///{tmp_path / 'other.sqlite'}")
    for each in (index, other):
        Sync(each, store, chain.w3, DEPLOYMENT, confirmations=confirmations).step()
    expected = dump(other)
    other.close()

    assert dump(index) == expected


def test_a_final_batch_takes_over_the_rows_of_its_pending_records(
    index: Index, sync: Sync, store: SQLiteBlockStore, chain: SimulatedChain
):
    digests = add(index, store, 1, 2, by=OWN)
    before = keys(index)
    anchor(store, chain, digests, by=1)

    assert sync.step().records == 2

    assert keys(index) == before


def test_before_it_is_final_a_reorg_brings_the_pending_records_back(
    index: Index, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    sync = Sync(index, store, chain.w3, DEPLOYMENT, confirmations=3)
    (digest,) = add(index, store, 1, by=OWN)
    anchor(store, chain, [digest], by=1)
    sync.step()

    chain.reorganise(1)
    chain.mine()
    sync.step()

    rows = [(row.cid, row.status, row.contributor) for row in queries.records().rows]
    assert rows == [(to_text(digest), "pending", OWN)]


def test_who_anchors_anothers_pending_record_first_is_not_taken_for_its_contributor(
    index: Index, sync: Sync, queries: Queries, store: SQLiteBlockStore, *, chain: SimulatedChain
):
    (digest,) = add(index, store, 1, by=OWN)
    anchor(store, chain, [digest], by=2)

    sync.step()

    (row,) = queries.records().rows
    assert row.contributor == ledgers.signer(2).address
