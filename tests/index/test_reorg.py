"""Reorganisations: whatever the chain did, the index ends as one built from scratch."""

import shutil
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import closing
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Integer
from sqlalchemy import cast
from sqlalchemy import func
from sqlalchemy import select

from ledger.anchor.batch import Batch
from ledger.anchor.submission import Submission
from ledger.errors import UnavailableError
from ledger.index.database import Index
from ledger.index.database import open_index
from ledger.index.queries import Queries
from ledger.index.queries.columns import Columns
from ledger.index.sync import Sync
from ledger.index.tables import Record
from ledger.record.cid import Digest
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.dumps import dump
from tests.index.dumps import listed
from tests.index.dumps import listed_in
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import Emitted
from tests.index.simulated_chain import SimulatedChain
from tools.services.database import Server

CONFIRMATIONS = 6
VERDICT_SECONDS = 60


@dataclass(frozen=True)
class World:
    """What may happen, with its blocks in a store."""

    store: SQLiteBlockStore
    new_index: Callable[[], AbstractContextManager[Index]]
    events: tuple[Emitted, ...]
    pending: tuple[Digest, ...]

    def possible(self, chain: SimulatedChain, block: list[Emitted]) -> list[Emitted]:
        """Events that the contracts could emit now, after those of the block being built."""
        past = [event for mined in chain.events for event in mined] + block
        return [event for event in self.events if event not in past and _allowed(event, past)]


def _allowed(event: Emitted, past: list[Emitted]) -> bool:
    anchors = {done.values[0] for done in past if done.name == "Anchored"}
    active = {done.values[0] for done in past if done.name == "Joined"}
    active -= {done.values[0] for done in past if done.name in {"Slashed", "ExitRequested"}}
    match event.name:
        case "Attested":
            batch, validator, sequence = event.values[:3]
            said = [done.values[2] for done in past if done.values[:2] == (batch, validator)]
            return batch in anchors and validator in active and sequence > max(said, default=0)
        case "Superseded":
            return {event.values[0], event.values[1]} <= anchors
        case "Revoked":
            return event.values[2] in anchors
        case "Slashed" | "ExitRequested":
            return event.values[0] in active
        case _:
            return True


def new_on_sqlite(folder: Path) -> Callable[[], AbstractContextManager[Index]]:
    template = folder / "template.sqlite"
    open_index(f"sqlite:///{template}").close()
    numbers = count()

    def new_index() -> AbstractContextManager[Index]:
        path = folder / f"{next(numbers)}.sqlite"
        shutil.copy(template, path)
        return closing(open_index(f"sqlite:///{path}"))

    return new_index


def new_on_postgresql(server: Server, template: str) -> Callable[[], AbstractContextManager[Index]]:
    @contextmanager
    def new_index() -> Iterator[Index]:
        with (
            server.database(template) as name,
            closing(open_index(server.url(name))) as index,
        ):
            yield index

    return new_index


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("reorg")
    store = SQLiteBlockStore(folder / "blocks.sqlite")
    if request.param == "sqlite":
        new_index = new_on_sqlite(folder)
    else:
        server: Server = request.getfixturevalue("postgresql")
        new_index = new_on_postgresql(server, request.getfixturevalue("migrated"))
    digests = ledgers.keep(store, [ledgers.record(row) for row in range(1, 7)])
    forged = Submission(ledgers.signer(1).address, tuple(digests[1:3]), b"\x11" * 64 + b"\x1b")
    batches = [
        ledgers.gather(ledgers.submit(digests[:3], by=1)),
        ledgers.gather(ledgers.submit(digests[1:4], by=1), ledgers.submit(digests[5:], by=2)),
        ledgers.gather(forged),
    ]
    events = [
        *(ledgers.anchored(batch, ledgers.publish(store, batch)) for batch in batches),
        ledgers.anchored(batches[0], bytes(32), publisher=5),  # withheld
        ledgers.superseded(batches[0], batches[1]),
        ledgers.revoked(digests[2], batches[1]),
        ledgers.slashed(8),
        Emitted("ValidatorSet", "ExitRequested", (ledgers.signer(9).address, 10**9)),
        *_reports(store, batches[0]),
        *_reports(store, batches[1]),
    ]
    yield World(store, new_index, tuple(events), tuple(digests[2:5]))
    store.close()


def _reports(store: SQLiteBlockStore, batch: Batch) -> Iterator[Emitted]:
    for validator, sequence, rejected in (
        (7, 1, {0: 5}),
        (7, 2, {1: 4}),
        (8, 1, {0: 5, 1: 4}),
        (9, 1, {}),
    ):
        said = ledgers.report(batch, validator, rejected, sequence)
        yield ledgers.attested(said, ledgers.deliver(store, said))


@contextmanager
def synced(world: World, chain: SimulatedChain) -> Iterator[tuple[Index, Sync]]:
    with world.new_index() as index:
        yield index, prepared(world, chain, index)


def prepared(world: World, chain: SimulatedChain, index: Index) -> Sync:
    index.add_pending(
        (digest, ledgers.record(row), None) for row, digest in enumerate(world.pending, start=3)
    )
    return Sync(
        index,
        world.store,
        chain.w3,
        DEPLOYMENT,
        confirmations=CONFIRMATIONS,
        verdict_seconds=VERDICT_SECONDS,
        blocks_per_read=3,
    )


def assert_one_claim_listed(index: Index) -> None:
    query = select(Record.digest, func.sum(cast(Record.listed, Integer))).group_by(Record.digest)
    with index.read() as connection:
        assert {number for _, number in connection.execute(query)} <= {1}


def mine_anything(data: st.DataObject, world: World, chain: SimulatedChain) -> None:
    events: list[Emitted] = []
    for _ in range(data.draw(st.integers(1, 4), label="events")):
        if possible := world.possible(chain, events):
            events.append(data.draw(st.sampled_from(possible)))
    chain.mine(*events)


def reorganise_anything(data: st.DataObject, chain: SimulatedChain, highest: int) -> None:
    """Pending records of final batches are forgotten, so finalised blocks are not taken back."""
    most = chain.head - max(1, highest - CONFIRMATIONS)
    if most > 0:
        chain.reorganise(data.draw(st.integers(1, most), label="depth"))


ACTIONS = st.sampled_from(("mine", "mine and sync", "reorganise and sync"))


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_history_ends_as_a_rebuild_from_scratch(world: World, data):
    chain = SimulatedChain()
    chain.mine(ledgers.quorum(0, 2), *ledgers.joined(7, 8, 9))
    with synced(world, chain) as (lived, sync), synced(world, chain) as (fresh, anew):
        live(data, world, chain, lived, sync)

        anew.step()

        assert dump(lived) == dump(fresh)
        assert_one_claim_listed(lived)


def live(
    data: st.DataObject, world: World, chain: SimulatedChain, lived: Index, sync: Sync
) -> None:
    columns = Columns(lived)
    assert columns.wait()
    highest = chain.head
    for action in data.draw(st.lists(ACTIONS, min_size=8, max_size=16)):
        if action.startswith("reorganise"):
            reorganise_anything(data, chain, highest)
        else:
            mine_anything(data, world, chain)
        highest = max(highest, chain.head)
        if action.endswith("sync"):
            sync.step()
            assert_one_claim_listed(lived)
            assert listed(columns, lived) == listed_in(lived)
    while chain.head < highest:
        chain.mine()
    sync.step()


def test_a_record_whose_anchor_is_undone_is_pending_again(
    index: Index, queries: Queries, sync: Sync, store: SQLiteBlockStore, chain: SimulatedChain
):
    sync = Sync(index, store, chain.w3, DEPLOYMENT, confirmations=3)
    (digest,) = ledgers.keep(store, [ledgers.record(1)])
    index.add_pending([(digest, ledgers.record(1), ledgers.signer(1).address)])
    batch = ledgers.gather(ledgers.submit([digest]))
    anchor = ledgers.anchored(batch, ledgers.publish(store, batch))
    chain.mine(anchor)
    sync.step()
    assert queries.records().rows[0].status == "anchored"

    chain.reorganise(1)
    chain.mine()
    result = sync.step()

    assert result.rolled_back_to == 1
    assert queries.records().rows[0].status == "pending"

    chain.mine(anchor)
    sync.step()
    assert queries.records().rows[0].status == "anchored"


def test_a_node_that_lags_takes_nothing_back(sync, queries, store, chain: SimulatedChain):
    for row in (1, 2):
        batch = ledgers.gather(ledgers.submit(ledgers.keep(store, [ledgers.record(row)])))
        chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
    sync.step()

    chain.reorganise(1)
    lagging = sync.step()

    assert (lagging.rolled_back_to, queries.count()) == (None, 2)
    chain.mine()
    assert sync.step().rolled_back_to == chain.head - 1
    assert queries.count() == 1
    assert queries.overview().indexed_block == chain.head


def test_another_chain_at_the_same_address_is_read_from_its_start(
    sync, queries, store, chain: SimulatedChain
):
    batch = ledgers.gather(ledgers.submit(ledgers.keep(store, [ledgers.record(1)])))
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
    sync.step()

    chain.forks += 1
    del chain.blocks[:], chain.events[:]
    for _ in range(5):
        chain.mine()
    result = sync.step()

    assert result.rolled_back_to == -1
    assert queries.count() == 0
    assert queries.validators() == []


@pytest.mark.parametrize("asked", ["eth_getLogs", "eth_getBlockByNumber"])
def test_a_chain_that_moves_while_it_is_read_is_read_again(
    sync, queries, store, *, chain: SimulatedChain, asked: str
):
    batches = [
        ledgers.gather(ledgers.submit(ledgers.keep(store, [ledgers.record(row)]))) for row in (1, 2)
    ]
    anchors = [ledgers.anchored(batch, ledgers.publish(store, batch)) for batch in batches]
    chain.mine(anchors[0])
    counter: Counter[str] = Counter()

    def move(method: str) -> None:
        counter[method] += 1
        if method == asked and counter[asked] == 2:
            chain.reorganise(1)
            chain.mine(anchors[1])

    sync._blocks_per_read = 1
    chain.before_answer = move
    sync.step()
    chain.before_answer = None
    sync.step()

    (row,) = queries.records().rows
    assert row.batch_id == "0x" + ledgers.batch_id(batches[1]).hex()


def test_a_chain_that_never_holds_still_is_given_up_on(sync, store, chain: SimulatedChain):
    def move(method: str) -> None:
        if method == "eth_getLogs":
            chain.reorganise(1)
            chain.mine()

    chain.mine()
    chain.before_answer = move

    with pytest.raises(UnavailableError, match="again and again"):
        sync.step()


def test_a_batch_that_moves_to_another_block_keeps_its_records_and_verdicts(
    sync, queries, store, *, chain: SimulatedChain, monkeypatch: pytest.MonkeyPatch
):
    batch = ledgers.gather(ledgers.submit(ledgers.keep(store, [ledgers.record(1)])))
    anchor = ledgers.anchored(batch, ledgers.publish(store, batch))
    said = [ledgers.report(batch, validator) for validator in (7, 8)]
    attested = [ledgers.attested(each, ledgers.deliver(store, each)) for each in said]
    chain.mine(anchor)
    chain.mine(*attested)
    sync.step()
    before = queries.records().rows[0]
    assert before.status == "accepted"

    chain.reorganise(2)
    chain.mine()
    chain.mine(anchor, attested[0])
    chain.mine(attested[1])
    monkeypatch.setattr(sync, "_blocks", None)  # nothing has to be read again
    result = sync.step()

    (after,) = queries.records().rows
    assert result.rolled_back_to == 1
    assert after.status == "accepted"
    assert (after.accepted, after.validators) == (before.accepted, before.validators)
    assert queries.batches()[0].block_number == 3


def test_following_the_head_takes_one_round_trip_a_block(sync, chain: SimulatedChain):
    sync.step()
    trips: list[int] = []
    answer = chain.make_request
    chain.make_request = lambda *call: trips.append(1) or answer(*call)  # type: ignore[method-assign]
    chain.make_batch_request = lambda calls: (
        trips.append(len(calls))
        or [  # type: ignore[method-assign]
            answer(method, params) for method, params in calls
        ]
    )

    for _ in range(5):
        chain.mine()
        sync.step()

    assert len(trips) == 5


def test_logs_that_a_lagging_node_leaves_out_are_asked_for_by_block(
    sync, queries, store, chain: SimulatedChain
):
    batch = ledgers.gather(ledgers.submit(ledgers.keep(store, [ledgers.record(1)])))
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
    chain.hides_logs = True

    with pytest.raises(UnavailableError, match="unknown block"):
        sync.step()
    assert queries.count() == 0
    chain.hides_logs = False
    sync.step()
    assert queries.count() == 1


def test_a_read_that_was_cut_short_grows_again(sync, store, chain: SimulatedChain):
    for row in range(1, 13):
        batch = ledgers.gather(ledgers.submit(ledgers.keep(store, [ledgers.record(row)])))
        chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
    asked: list[int] = []
    chain.before_logs = lambda wanted: asked.append(
        int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) + 1
    )
    chain.most_logs = 8

    sync.step()

    assert asked[1] == 13
    assert min(asked[1:]) < max(asked[4:])
