"""Following the chain: anchors, contents, verdicts."""

from ledger.index.queries import Queries
from ledger.index.sync import Sync
from ledger.index.views import LedgerStatus
from ledger.record.cid import to_text
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.simulated_chain import SimulatedChain


def test_an_anchored_batch_lists_its_records(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    digests = ledgers.keep(store, [ledgers.record(row) for row in (1, 2, 3)])
    batch = ledgers.gather(ledgers.submit(digests))
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))

    result = sync.step()

    page = queries.records()
    assert (result.batches, result.records, result.waiting) == (1, 3, 0)
    assert {row.cid for row in page.rows} == {to_text(digest) for digest in digests}
    row = page.rows[0]
    assert row.status is LedgerStatus.ANCHORED
    assert row.contributor == ledgers.signer(1).address
    assert row.batch_id == "0x" + ledgers.batch_id(batch).hex()
    assert (row.accepted, row.rejected, row.validators, row.quorum) == (0, 0, 3, 2)


def test_a_quorum_of_verdicts_decides_each_record(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    digests = ledgers.keep(store, [ledgers.record(row) for row in (1, 2, 3)])
    batch = ledgers.gather(ledgers.submit(digests))
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
    for validator, rejected in ((7, {1: 5}), (8, {1: 5, 2: 4}), (9, {2: 4})):
        said = ledgers.report(batch, validator, rejected)
        chain.mine(ledgers.attested(said, ledgers.deliver(store, said)))

    sync.step()

    rows = {row.cid: row for row in queries.records().rows}
    found = [rows[to_text(digest)] for digest in digests]
    assert [row.status for row in found] == ["accepted", "rejected", "rejected"]
    assert [(row.accepted, row.rejected) for row in found] == [(3, 0), (1, 2), (1, 2)]
    verdicts = queries.record(to_text(digests[1])).verdicts
    assert {(verdict.validator, verdict.reason, verdict.detail) for verdict in verdicts} == {
        (ledgers.signer(7).address, "impossible-cpu", "found 5"),
        (ledgers.signer(8).address, "impossible-cpu", "found 5"),
        (ledgers.signer(9).address, "accepted", ""),
    }
