"""Following the chain: anchors, contents, finality."""

from pathlib import Path

import pytest
from sqlalchemy import select

from ledger.errors import UnavailableError
from ledger.index.database import Index
from ledger.index.database import open_index
from ledger.index.queries import Queries
from ledger.index.sync import Sync
from ledger.index.sync.syncer import WrongLedgerError
from ledger.index.tables import SyncState
from ledger.index.views import LedgerStatus
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.dumps import dump
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import GENESIS_TIME
from tests.index.simulated_chain import SECONDS_PER_BLOCK
from tests.index.simulated_chain import SimulatedChain


def anchor(store: SQLiteBlockStore, chain: SimulatedChain, *rows: int):
    """A batch of records, all there and anchored."""
    batch = ledgers.gather(
        ledgers.submit(ledgers.keep(store, [ledgers.record(row) for row in rows]))
    )
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
    return batch


def sync_state(index: Index) -> tuple[int, ...]:
    """Indexed block, head, its timestamp, and the newest final block."""
    query = select(
        SyncState.indexed_block,
        SyncState.head_block,
        SyncState.head_timestamp,
        SyncState.final_block,
    )
    with index.read() as connection:
        return tuple(connection.execute(query).one())


def test_an_anchored_batch_lists_its_records(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    batch = anchor(store, chain, 1, 2, 3)

    result = sync.step()

    page = queries.records()
    assert (result.batches, result.records, result.waiting) == (1, 3, 0)
    assert {row.cid for row in page.rows} == {to_text(digest) for digest in batch.records()}
    row = page.rows[0]
    assert row.status is LedgerStatus.ANCHORED
    assert row.contributor == ledgers.signer(1).address
    assert row.batch_id == "0x" + ledgers.batch_id(batch).hex()
    assert (row.accepted, row.rejected, row.validators, row.quorum) == (0, 0, 3, 2)


def test_a_step_without_news_changes_nothing(
    sync: Sync, index: Index, store: SQLiteBlockStore, chain: SimulatedChain
):
    anchor(store, chain, 1)
    sync.step()
    before = index.revision()

    result = sync.step()

    assert (result.from_block, result.to_block) == (chain.head + 1, chain.head)
    assert index.revision() == before


@pytest.mark.parametrize("blocks_per_read", [1, 2, 3, 100])
def test_the_size_of_a_read_makes_no_difference(
    tmp_path: Path,
    sync: Sync,
    index: Index,
    store: SQLiteBlockStore,
    *,
    chain: SimulatedChain,
    blocks_per_read: int,
):
    batch = anchor(store, chain, 1, 2)
    said = ledgers.report(batch, 7)
    chain.mine(ledgers.attested(said, ledgers.deliver(store, said)), ledgers.quorum(4, 1))
    anchor(store, chain, 3)
    sync.step()

    other = open_index(f"sqlite:///{tmp_path / 'other.sqlite'}")
    Sync(
        other,
        store,
        chain.w3,
        DEPLOYMENT,
        verdict_seconds=600,
        blocks_per_read=blocks_per_read,
    ).step()

    assert dump(other) == dump(index)
    other.close()


def test_an_endpoint_that_refuses_long_answers_is_asked_for_shorter_ones(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    chain.most_logs = 7
    for row in range(1, 13):
        anchor(store, chain, row)

    sync.step()

    assert queries.count() == 12


@pytest.mark.parametrize("fault", [ConnectionError("504 Gateway Timeout"), TimeoutError("read")])
def test_an_endpoint_that_fails_at_wide_ranges_is_asked_for_narrower_ones(
    sync: Sync,
    queries: Queries,
    store: SQLiteBlockStore,
    *,
    chain: SimulatedChain,
    fault: Exception,
):
    for row in range(1, 13):
        anchor(store, chain, row)

    def fail_wide(wanted: dict[str, str]) -> None:
        if int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) >= 2:
            raise fault

    chain.before_logs = fail_wide
    with pytest.raises(UnavailableError):
        sync.step()
    sync.step()

    assert queries.count() == 12


def test_an_outage_is_not_mistaken_for_many_wide_ranges(
    sync: Sync, store: SQLiteBlockStore, chain: SimulatedChain
):
    for row in range(1, 13):
        anchor(store, chain, row)
    asked: list[int] = []

    def fail_after_the_look_at_the_head(wanted: dict[str, str]) -> None:
        asked.append(int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) + 1)
        if len(asked) > 1:
            raise TimeoutError("read")

    chain.before_logs = fail_after_the_look_at_the_head
    with pytest.raises(UnavailableError):
        sync.step()

    assert asked == [1, 13, 6]


def test_an_endpoint_that_fails_in_the_middle_is_asked_again_from_there(
    index: Index, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    anchor(store, chain, 1)
    anchor(store, chain, 2)
    sync = Sync(index, store, chain.w3, DEPLOYMENT, blocks_per_read=2)
    answers: list[str] = []

    def fail_late(method: str) -> None:
        answers.append(method)
        if answers.count("eth_getLogs") == 3:
            raise ConnectionError("connection reset")

    chain.before_answer = fail_late
    with pytest.raises(UnavailableError, match="ConnectionError"):
        sync.step()
    chain.before_answer = None
    result = sync.step()

    assert result.from_block == 3
    assert queries.count() == 2


def test_a_batch_waits_for_its_blocks_and_others_do_not(
    tmp_path: Path, sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    elsewhere = SQLiteBlockStore(tmp_path / "elsewhere.sqlite")
    late = ledgers.gather(ledgers.submit(ledgers.keep(elsewhere, [ledgers.record(1)])))
    manifest = ledgers.publish(elsewhere, late)
    elsewhere.close()
    chain.mine(ledgers.anchored(late, manifest))
    anchor(store, chain, 2)

    waiting = sync.step()
    shown = queries.batch("0x" + ledgers.batch_id(late).hex()).batch
    assert (waiting.waiting, shown.state) == (1, "fetching")
    assert to_text(manifest) in shown.problem
    assert queries.count() == 1

    ledgers.publish(store, late)
    sync.step()
    assert "1 of 1 records are not here" in queries.batches()[1].problem

    ledgers.keep(store, [ledgers.record(1)])
    done = sync.step()
    assert (done.waiting, done.records, queries.count()) == (0, 1, 2)
    assert (queries.batches()[1].state, queries.batches()[1].problem) == ("complete", "")


def test_withheld_batches_do_not_hold_up_others(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    withheld = [ledgers.gather(ledgers.submit([bytes([n]) * 32])) for n in range(100)]
    chain.mine(*(ledgers.anchored(batch, bytes([n]) * 32) for n, batch in enumerate(withheld)))
    sync.step()
    anchor(store, chain, 1)

    sync.step()

    assert queries.count() == 1


def test_withheld_batches_are_listed_oldest_first_however_many_came_after(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    withheld = [ledgers.gather(ledgers.submit([bytes([n]) * 32])) for n in range(3)]
    names = ["0x" + ledgers.batch_id(batch).hex() for batch in withheld]
    for n, batch in enumerate(withheld):
        chain.mine(ledgers.anchored(batch, bytes([n]) * 32))
    malformed = ledgers.gather(ledgers.submit([b"\x09" * 32]))
    (not_a_manifest,) = ledgers.keep(store, [ledgers.record(99)])
    chain.mine(ledgers.anchored(malformed, not_a_manifest))
    for row in range(1, 13):
        anchor(store, chain, row)

    sync.step()

    assert queries.batch("0x" + ledgers.batch_id(malformed).hex()).batch.state == "malformed"
    assert [batch.batch_id for batch in queries.awaited_batches()] == names
    assert [batch.batch_id for batch in queries.awaited_batches(limit=2)] == names[:2]
    assert "not in the store" in queries.awaited_batches()[0].problem


def test_an_interrupted_batch_goes_on_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch,
    sync: Sync,
    queries: Queries,
    store: SQLiteBlockStore,
    chain: SimulatedChain,
):
    monkeypatch.setattr("ledger.index.sync.contents.RECORDS_PER_TRANSACTION", 2)
    batch = anchor(store, chain, 1, 2, 3, 4, 5)

    def stop(what: str, done: int, _of: int) -> None:
        if what == "records" and done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync.step(progress=stop)
    assert queries.count() == 4

    result = sync.step()

    assert result.records == 1
    assert {row.cid for row in queries.records().rows} == set(map(to_text, batch.records()))


def test_progress_is_told(sync: Sync, store: SQLiteBlockStore, chain: SimulatedChain):
    batch = anchor(store, chain, 1, 2)
    said = ledgers.report(batch, 7)
    chain.mine(ledgers.attested(said, ledgers.deliver(store, said)))
    told: list[tuple[str, int, int]] = []

    sync.step(progress=lambda *news: told.append(news))

    assert told == [("blocks", 3, 3), ("records", 2, 2), ("reports", 1, 1)]


def test_a_batch_is_final_once_it_has_its_confirmations(
    index: Index, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    sync = Sync(index, store, chain.w3, DEPLOYMENT, confirmations=2)
    anchor(store, chain, 1)
    chain.mine()
    sync.step()
    assert not queries.batches()[0].final

    chain.mine()
    sync.step()

    assert queries.batches()[0].final


def test_a_node_that_lags_takes_back_no_finality_and_no_time(
    index: Index, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    sync = Sync(index, store, chain.w3, DEPLOYMENT, confirmations=2, verdict_seconds=24)
    anchor(store, chain, 1)
    chain.mine()
    chain.mine()
    sync.step()
    before = sync_state(index), queries.batches()
    assert queries.batches()[0].final

    chain.reorganise(1)
    sync.step()

    assert (sync_state(index), queries.batches()) == before


def test_an_endpoint_that_knows_less_of_finality_takes_none_back(
    index: Index, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    anchor(store, chain, 1)
    Sync(index, store, chain.w3, DEPLOYMENT, confirmations=0).step()

    Sync(index, store, chain.w3, DEPLOYMENT, confirmations=2).step()

    assert queries.batches()[0].final


def test_what_is_final_is_undone_with_its_block(
    index: Index, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    sync = Sync(index, store, chain.w3, DEPLOYMENT, confirmations=1)
    batch = anchor(store, chain, 1)
    chain.mine()
    sync.step()
    assert queries.batches()[0].final

    chain.reorganise(2)
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
    sync.step()

    assert sync_state(index) == (2, 2, GENESIS_TIME + 2 * SECONDS_PER_BLOCK, 1)
    assert not queries.batches()[0].final


def test_an_index_of_one_ledger_does_not_become_one_of_another(
    index: Index, sync: Sync, store: SQLiteBlockStore, chain: SimulatedChain
):
    sync.step()
    other = DEPLOYMENT.model_copy(update={"registry": ledgers.signer(5).address})

    with pytest.raises(WrongLedgerError):
        Sync(index, store, chain.w3, other).step()


def test_an_endpoint_of_another_chain_is_refused(
    index: Index, store: SQLiteBlockStore, chain: SimulatedChain
):
    other = DEPLOYMENT.model_copy(update={"chain_id": 5})

    with pytest.raises(WrongLedgerError, match="chain 31337"):
        Sync(index, store, chain.w3, other).step()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timestamp", 2**70),
        ("timestamp", 2**62),
        ("timestamp", 253_402_300_800),  # the year 10000
        ("timestamp", -1),
        ("number", 2**63),
        ("number", -2),
        pytest.param("logsBloom", 2**2048, id="logsBloom-2**2048"),
    ],
)
def test_numbers_that_no_block_has_are_refused_and_nothing_of_them_stays(
    sync: Sync,
    queries: Queries,
    store: SQLiteBlockStore,
    *,
    chain: SimulatedChain,
    field: str,
    value: int,
):
    anchor(store, chain, 1)
    told = chain.blocks[-1][field]
    chain.blocks[-1][field] = hex(value)
    with pytest.raises(UnavailableError, match=f"{field} is out of range"):
        sync.step()
    assert queries.batches() == []

    chain.blocks[-1][field] = told
    sync.step()

    assert len(queries.batches()) == 1


def test_events_that_contradict_each_other_are_the_endpoints_fault(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain
):
    batch = anchor(store, chain, 1)
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))

    with pytest.raises(UnavailableError, match="contradict"):
        sync.step()

    assert queries.batches() == []


def test_two_processes_may_follow_the_same_chain(
    sync: Sync, index: Index, store: SQLiteBlockStore, chain: SimulatedChain
):
    other = Sync(index, store, chain.w3, DEPLOYMENT, verdict_seconds=600)
    anchor(store, chain, 1, 2)
    overtaken: list[str] = []

    def overtake(method: str) -> None:
        if method == "eth_getLogs" and not overtaken:
            overtaken.append(method)
            other.step()

    chain.before_answer = overtake
    result = sync.step()

    assert overtaken
    assert (result.records, result.waiting) == (0, 0)
    assert dump(index)["batches"][0]


def test_a_batch_that_arrived_is_read_before_hundreds_that_are_missing(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain, tmp_path: Path
):
    elsewhere = SQLiteBlockStore(tmp_path / "elsewhere.sqlite")
    manifests = []
    for row in range(1, 201):
        batch = ledgers.gather(ledgers.submit(ledgers.keep(elsewhere, [ledgers.record(row)])))
        manifests.append(ledgers.publish(elsewhere, batch))
        chain.mine(ledgers.anchored(batch, manifests[-1]))
    sync.step()
    everything = elsewhere.digests(Digest(b""), 10_000)
    store.put_many(zip(everything, elsewhere.get_many(everything), strict=True))
    elsewhere.close()

    sync.step(arrived=manifests[150:])

    newest = queries.batches(limit=50)
    assert [row.state for row in newest] == ["complete"] * 50
    assert {row.manifest_cid for row in newest} == {to_text(each) for each in manifests[150:]}
