"""What strangers may anchor: nothing of it stops the index, and all of it is explained."""

from typing import Any

import pytest

from ledger.anchor.batch import Batch
from ledger.anchor.submission import Submission
from ledger.errors import NotFoundError
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.sync import Sync
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.record.eip712 import Domain
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.simulated_chain import CHAIN_ID
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import SimulatedChain


def keep_block(store: SQLiteBlockStore, value: Any) -> Digest:
    block = dagcbor.encode(value)
    store.put_many([(digest_of(block), block)])
    return digest_of(block)


def one_record(store: SQLiteBlockStore, row: int = 1, by: int = 1) -> Batch:
    return ledgers.gather(ledgers.submit(ledgers.keep(store, [ledgers.record(row)]), by))


def only_batch(queries: Queries) -> tuple[str, str]:
    (batch,) = queries.batches()
    return batch.state, batch.problem


def test_a_manifest_that_is_something_else(sync, queries, store, chain: SimulatedChain):
    chain.mine(ledgers.anchored(one_record(store), keep_block(store, {"kind": "cat"})))

    sync.step()

    state, problem = only_batch(queries)
    assert state == "malformed"
    assert "manifest is malformed" in problem
    assert queries.count() == 0


def test_a_manifest_of_another_batch(sync, queries, store, chain: SimulatedChain):
    manifest = ledgers.publish(store, one_record(store, 2))
    chain.mine(ledgers.anchored(one_record(store, 1), manifest))

    sync.step()

    assert only_batch(queries)[0] == "malformed"
    assert "root" in only_batch(queries)[1]


def test_a_count_that_differs(sync, queries, store, chain: SimulatedChain):
    batch = one_record(store)
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch), count=1_000_000))

    sync.step()

    assert only_batch(queries)[0] == "malformed"
    assert "1,000,000 were anchored" in only_batch(queries)[1]


@pytest.mark.parametrize(
    "domain", [Domain(CHAIN_ID, DEPLOYMENT.attestations), Domain(1, DEPLOYMENT.registry)]
)
def test_a_batch_of_another_ledger(sync, queries, store, chain: SimulatedChain, domain: Domain):
    part = ledgers.submit(ledgers.keep(store, [ledgers.record(1)]), domain=domain)
    batch = ledgers.gather(part, domain=domain)
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))

    sync.step()

    assert only_batch(queries) == ("malformed", "the batch was made for another ledger")


def test_a_malformed_batch_stays_so_when_it_is_looked_at_again(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    chain.mine(ledgers.anchored(one_record(store), keep_block(store, [])))
    sync.step()

    result = sync.step()

    assert result.waiting == 0
    assert only_batch(queries)[0] == "malformed"


HOSTILE_LEAVES = {
    "another-schema": {"version": 9, "anything": 1},
    "not-a-map": [1, 2, 3],
    "moment-beyond-the-calendar": codec.from_python(ledgers.record(1).model_dump()).model_dump()
    | {"started_at": "0001-01-01T00:00:00+05:00"},
    "not-canonical-moment": ledgers.record(1).model_dump()
    | {"started_at": "2024-01-01T02:00:00+02:00"},
}


@pytest.mark.parametrize("fault", HOSTILE_LEAVES)
def test_a_leaf_that_is_no_record_is_counted_and_explained(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain, fault: str
):
    good = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    bad = keep_block(store, HOSTILE_LEAVES[fault])
    batch = ledgers.gather(ledgers.submit([good[0], bad, good[1]]))
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
    for validator in (7, 8):
        said = ledgers.report(batch, validator, {1: 3})
        chain.mine(ledgers.attested(said, ledgers.deliver(store, said)))

    sync.step()

    assert only_batch(queries) == ("complete", "")
    assert {row.cid: row.status for row in queries.records().rows} == dict.fromkeys(
        map(to_text, good), "accepted"
    )
    with pytest.raises(NotFoundError, match="it is no record"):
        queries.record(to_text(bad))


def test_nul_characters_do_not_reach_the_database(sync, queries, store, chain: SimulatedChain):
    record = ledgers.record(1, job={"name": "so\0rt", "framework": {"name": "spark"}})
    batch = ledgers.gather(ledgers.submit(ledgers.keep(store, [record])))
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))

    sync.step()

    assert queries.records().rows[0].job == "so\N{REPLACEMENT CHARACTER}rt"


def test_records_under_a_forged_signature_are_nobodys(sync, queries, store, chain: SimulatedChain):
    digests = ledgers.keep(store, [ledgers.record(1)])
    forged = Submission(ledgers.signer(2).address, tuple(digests), b"\x11" * 64 + b"\x1b")
    batch = ledgers.gather(forged)
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))

    sync.step()

    (submission,) = queries.batch(queries.batches()[0].batch_id).submissions
    assert (submission.contributor, submission.signature_valid) == (
        ledgers.signer(2).address,
        False,
    )
    assert queries.records().rows[0].contributor is None
    assert queries.contributors() == []
    assert queries.count(Filter(contributor=(ledgers.signer(2).address,))) == 0


def test_a_copied_record_stays_with_who_anchored_it_first(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    original = one_record(store, by=1)
    copy = one_record(store, by=2)
    for batch in (original, copy):
        chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))

    sync.step()

    (row,) = queries.records().rows
    assert row.contributor == ledgers.signer(1).address


def test_an_unsigned_copy_that_came_first_gives_way(sync, queries, store, chain: SimulatedChain):
    digests = ledgers.keep(store, [ledgers.record(1)])
    copy = ledgers.gather(
        Submission(ledgers.signer(2).address, tuple(digests), b"\x11" * 64 + b"\x1b")
    )
    original = ledgers.gather(ledgers.submit(digests, by=1))
    chain.mine(ledgers.anchored(copy, ledgers.publish(store, copy)))
    sync.step()
    chain.mine(ledgers.anchored(original, ledgers.publish(store, original)))

    sync.step()

    (row,) = queries.records().rows
    assert row.contributor == ledgers.signer(1).address
    assert row.batch_id == "0x" + ledgers.batch_id(original).hex()


def test_a_damaged_copy_of_a_block_is_waited_for(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    batch = one_record(store)
    manifest = ledgers.publish(store, batch)
    store._database._connection.execute(
        "UPDATE blocks SET bytes = x'00' WHERE digest = ?", (manifest,)
    )
    chain.mine(ledgers.anchored(batch, manifest))

    result = sync.step()

    assert result.waiting == 1
    assert "does not match its CID" in only_batch(queries)[1]
