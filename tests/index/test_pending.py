"""Records that are acknowledged here and not on chain yet."""

from pathlib import Path

from ledger.index.database import Index
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.sync import Sync
from ledger.index.views import LedgerStatus
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import SimulatedChain

CONTRIBUTOR = ledgers.signer(1).address


def add(index: Index, store: SQLiteBlockStore, *rows: int, by: str | None = None) -> list[Digest]:
    records = [ledgers.record(row) for row in rows]
    digests = ledgers.keep(store, records)
    index.add_pending((digest, record, by) for digest, record in zip(digests, records, strict=True))
    return digests


def anchor(store: SQLiteBlockStore, chain: SimulatedChain, digests: list[Digest], by: int = 1):
    batch = ledgers.gather(ledgers.submit(digests, by))
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))


def test_a_pending_record_is_listed_at_once(index: Index, queries: Queries, store):
    (digest,) = add(index, store, 1)

    (row,) = queries.records(Filter(status=(LedgerStatus.PENDING,))).rows
    assert (row.cid, row.contributor, row.batch_id) == (to_text(digest), None, None)
    assert index.has([digest, Digest(bytes(32))]) == {digest}


def test_adding_again_adds_nothing_and_names_the_contributor(index: Index, queries: Queries, store):
    (digest,) = add(index, store, 1)

    added = index.add_pending([(digest, ledgers.record(1), CONTRIBUTOR)] * 2)

    assert added == 0
    assert [row.contributor for row in queries.records().rows] == [CONTRIBUTOR]


def test_the_contributor_of_many_is_named_at_once(index: Index, queries: Queries, store):
    digests = add(index, store, 1, 2)

    absent = index.name_contributor([*digests, Digest(bytes(32))], CONTRIBUTOR)

    assert absent == [bytes(32)]
    assert {row.contributor for row in queries.records().rows} == {CONTRIBUTOR}


def test_a_pending_record_gives_way_to_its_anchor(
    index: Index, sync: Sync, queries: Queries, store, *, chain: SimulatedChain
):
    digests = add(index, store, 1, 2)
    anchor(store, chain, digests[:1])

    sync.step()

    rows = {row.cid: row.status for row in queries.records().rows}
    assert rows == {to_text(digests[0]): "anchored", to_text(digests[1]): "pending"}


def test_a_record_that_is_anchored_already_is_not_pending_too(
    index: Index, sync: Sync, queries: Queries, store, *, chain: SimulatedChain
):
    digests = ledgers.keep(store, [ledgers.record(1)])
    anchor(store, chain, digests)
    sync.step()

    add(index, store, 1)

    assert [row.status for row in queries.records().rows] == ["anchored"]


def test_a_pending_record_is_forgotten_when_its_anchor_is_final(
    index: Index, queries: Queries, store, chain: SimulatedChain
):
    sync = Sync(index, store, chain.w3, DEPLOYMENT, confirmations=1)
    digests = add(index, store, 1)
    anchor(store, chain, digests)
    sync.step()
    assert index.name_contributor(digests, CONTRIBUTOR) == []

    chain.mine()
    sync.step()

    assert index.name_contributor(digests, CONTRIBUTOR) == digests
    assert queries.count() == 1


def test_a_pending_record_is_forgotten_though_a_node_lags_when_its_batch_comes(
    index: Index, queries: Queries, store, chain: SimulatedChain, tmp_path: Path
):
    digests = add(index, store, 1)
    batch = ledgers.gather(ledgers.submit(digests, 1))
    elsewhere = SQLiteBlockStore(tmp_path / "elsewhere.sqlite")
    chain.mine(ledgers.anchored(batch, ledgers.publish(elsewhere, batch)))
    elsewhere.close()
    chain.mine()
    Sync(index, store, chain.w3, DEPLOYMENT, confirmations=1).step()
    ledgers.publish(store, batch)

    Sync(index, store, chain.w3, DEPLOYMENT, confirmations=2).step()

    assert index.name_contributor(digests, CONTRIBUTOR) == digests
    assert [row.status for row in queries.records().rows] == ["anchored"]


def test_answers_are_remembered_only_until_the_index_changes(index: Index, queries: Queries, store):
    assert queries.count() == 0
    add(index, store, 1)
    assert queries.count() == 1
    index.clear()
    assert queries.count() == 0
