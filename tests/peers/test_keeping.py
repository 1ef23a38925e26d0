"""What a node gives up again, and what never goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.index.database import Index
from ledger.index.database import open_index
from ledger.index.sync import Sync
from ledger.peers.anchored import AnchoredDAGs
from ledger.peers.assembly import Assembly
from ledger.peers.book import Book
from ledger.peers.keeping import Budget
from ledger.peers.keeping import Keeper
from ledger.peers.policy import KeepPolicy
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_bytes
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import GENESIS_TIME
from tests.index.simulated_chain import SimulatedChain

A, B, C = "http://a.example", "http://b.example", "http://c.example"
DAY = 86_400


class Ledger:
    """A node's parts over a chain in memory; other nodes are what its book says."""

    def __init__(self, folder: Path) -> None:
        self.store = SQLiteBlockStore(folder / "blocks.sqlite")
        self.index: Index = open_index(f"sqlite:///{folder / 'index.sqlite'}")
        self.chain = SimulatedChain()
        self.chain.mine(ledgers.quorum(0, 1), *ledgers.joined(7))
        self.sync = Sync(self.index, self.store, self.chain.w3, DEPLOYMENT)
        self.now = float(GENESIS_TIME)
        self.book = Book(folder / "peers.sqlite", lambda: self.now)
        self.dags = AnchoredDAGs(self.index)
        self.own: set[Digest] = set()
        self.batches: dict[Digest, ledgers.Batch] = {}

    def close(self) -> None:
        self.store.close()
        self.index.close()
        self.book.close()

    def anchor(self, *rows: int, **changes: object) -> Digest:
        """A batch of records, here and whole."""
        digests = ledgers.keep(self.store, [ledgers.record(row, **changes) for row in rows])
        return self.anchor_digests(digests)

    def anchor_digests(self, digests: list[Digest]) -> Digest:
        batch = ledgers.gather(ledgers.submit(digests))
        manifest = ledgers.publish(self.store, batch)
        self.chain.mine(ledgers.anchored(batch, manifest))
        self.batches[manifest] = batch
        self.follow()
        return manifest

    def follow(self) -> None:
        self.sync.step()
        self.book.kept.add(
            {dag.digest for dag in self.dags.whole()} - self.book.kept.dropped().keys()
        )

    def reject(self, manifest: Digest) -> Digest:
        """A report that rejects all of a batch."""
        batch = self.batches[manifest]
        report = ledgers.report(batch, 7, dict.fromkeys(range(batch.count), 9))
        digest = ledgers.deliver(self.store, report)
        self.chain.mine(ledgers.attested(report, digest))
        self.follow()
        return digest

    def elsewhere(self, manifest: Digest, *urls: str) -> None:
        """Other nodes say that they hold a batch."""
        self.book.peers.introduce(urls)
        for url in urls:
            self.book.peers.answered(url, f"id of {url}")
            self.book.holdings.read(url, [manifest], [], 1, most=1_000)

    def keeper(self, policy: str = "all", room: int = 0, copies: int = 2) -> Keeper:
        return Keeper(
            dags=self.dags,
            book=self.book,
            store=self.store,
            policy=KeepPolicy.parse(policy),
            budget=Budget(room, copies),
            own=lambda: self.own,
            clock=lambda: self.now,
        )

    def holds(self, manifest: Digest) -> bool:
        """Whether every block of a batch is here."""
        dag = next(dag for dag in self.dags.whole() if dag.digest == manifest)
        return Assembly(self.store, manifest, dag.shape).is_complete


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path)
    yield opened
    opened.close()


def test_what_the_policy_does_not_want_goes_with_all_its_blocks(ledger: Ledger):
    kept = ledger.anchor(1, 2)
    before = ledger.store.count()
    other = ledger.anchor(3, 4, job={"name": "grep", "framework": {"name": "spark"}})

    assert ledger.keeper("job=sort").step() == 1

    assert ledger.book.kept.all() == {kept}
    assert ledger.book.kept.dropped() == {other: "the policy does not keep it"}
    assert ledger.store.count() == before
    assert ledger.holds(kept)
    assert len(ledger.dags.whole()) == 2  # what it says stays known
    assert ledger.keeper("job=sort").step() == 0


def test_what_grows_too_old_goes(ledger: Ledger):
    old = ledger.anchor(1)
    keeper = ledger.keeper("max_age=1d")
    assert keeper.step() == 0

    ledger.now += 2 * DAY

    assert keeper.step() == 1
    assert old in ledger.book.kept.dropped()


def test_what_no_validator_has_seen_yet_is_not_given_up_for_its_status(ledger: Ledger):
    batch = ledger.anchor(1)
    keeper = ledger.keeper("status=accepted")
    assert keeper.step() == 0

    ledger.reject(batch)

    assert keeper.step() == 1


def test_own_batches_never_go(ledger: Ledger):
    own = ledger.anchor(1)
    ledger.own.add(own)
    ledger.elsewhere(own, A, B, C)

    assert ledger.keeper("job=grep", room=1).step() == 0
    assert ledger.holds(own)


def test_for_want_of_room_only_what_enough_others_hold_goes(ledger: Ledger):
    alone, once, twice = ledger.anchor(1), ledger.anchor(2), ledger.anchor(3)
    ledger.elsewhere(once, A)
    ledger.elsewhere(twice, A, B)

    assert ledger.keeper(room=1).step() == 1

    assert ledger.book.kept.all() == {alone, once}
    assert ledger.book.kept.dropped() == {twice: "there was no room, and others hold it"}


def test_copies_that_were_only_heard_of_are_none(ledger: Ledger):
    batch = ledger.anchor(1)
    ledger.book.peers.introduce([A, B])
    for url in (A, B):
        ledger.book.peers.answered(url, url)
        ledger.book.holdings.heard(url, [batch])

    assert ledger.keeper(room=1).step() == 0


def test_two_ways_to_one_node_are_one_copy(ledger: Ledger):
    batch = ledger.anchor(1)
    ledger.elsewhere(batch, A, B)
    ledger.book.peers.answered(B, f"id of {A}")

    assert ledger.keeper(room=1).step() == 0


def test_withdrawn_batches_go_first_then_those_with_most_copies_then_the_oldest(ledger: Ledger):
    oldest, second, many, rejected = (ledger.anchor(row, row + 100) for row in range(1, 5))
    ledger.reject(rejected)
    for batch in (oldest, second, rejected):
        ledger.elsewhere(batch, A, B)
    ledger.elsewhere(many, A, B, C)
    order = []
    keeper = ledger.keeper(room=1)
    real = keeper._drop
    keeper._drop = lambda dag, why: (order.append(dag.digest), real(dag, why))  # type: ignore[assignment,func-returns-value]

    keeper.step()

    assert order == [rejected, many, oldest, second]


def test_it_goes_no_further_than_there_is_need(ledger: Ledger):
    for first in range(1, 1_001, 100):
        ledger.elsewhere(ledger.anchor(*range(first, first + 100)), A, B)
    size = ledger.store.size_bytes()

    dropped = ledger.keeper(room=size * 3 // 4).step()

    assert 0 < dropped < 6
    assert ledger.store.size_bytes() <= size * 3 // 4


@given(
    rows=st.lists(
        st.frozensets(st.integers(1, 6), min_size=1), min_size=2, max_size=3, unique=True
    ),
    pending=st.sets(st.integers(1, 6)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
def test_what_goes_takes_nothing_along_that_others_need(
    tmp_path_factory: pytest.TempPathFactory, rows: list[frozenset[int]], pending: set[int]
):
    """Records and pages that batches share, and records that wait here."""
    ledger = Ledger(tmp_path_factory.mktemp("shared"))
    batches = [ledger.anchor(*sorted(each)) for each in rows]
    waiting = ledgers.keep(ledger.store, [ledgers.record(row) for row in sorted(pending)])
    ledger.index.add_pending(
        (digest, ledgers.record(row), None)
        for digest, row in zip(waiting, sorted(pending), strict=True)
    )
    ledger.own.update(batches[1:])
    ledger.elsewhere(batches[0], A, B)

    ledger.keeper(room=1).step()

    assert batches[0] in ledger.book.kept.dropped()
    assert all(ledger.holds(batch) for batch in batches[1:])
    assert ledger.store.missing(waiting) == []
    ledger.close()


def test_a_batch_that_links_to_the_pages_of_others_takes_none_along(ledger: Ledger):
    """Its publisher chooses what its records are called."""
    victim = ledger.anchor(1, 2, 3)
    report = ledger.reject(victim)
    blocks = ledger.store.digests(Digest(b""), 100)
    thief = ledger.anchor_digests(blocks)
    ledger.own.add(victim)
    ledger.elsewhere(thief, A, B)
    assert thief in ledger.book.kept.all()

    assert ledger.keeper(room=1).step() == 1

    assert ledger.store.missing(blocks) == []
    assert ledger.holds(victim)
    assert report in ledger.book.kept.all()


def test_a_record_that_no_schema_knows_is_shared_like_any_other(ledger: Ledger):
    data = dagcbor.encode({"no": "record"})
    ledger.store.put_many([(digest_of(data), data)])
    own = ledger.anchor_digests([digest_of(data), *ledgers.keep(ledger.store, [ledgers.record(1)])])
    other = ledger.anchor_digests(
        [digest_of(data), *ledgers.keep(ledger.store, [ledgers.record(2)])]
    )
    ledger.own.add(own)
    ledger.elsewhere(other, A, B)

    assert ledger.keeper(room=1).step() == 1

    assert ledger.store.get(digest_of(data)) == data


def malformed(ledger: Ledger) -> tuple[Digest, list[Digest]]:
    """A manifest that holds other records than were anchored."""
    batch = ledgers.gather(ledgers.submit(ledgers.keep(ledger.store, [ledgers.record(50)])))
    other = ledgers.gather(ledgers.submit(ledgers.keep(ledger.store, [ledgers.record(51)])))
    before = set(ledger.store.digests(Digest(b""), 1_000))
    manifest = ledgers.publish(ledger.store, other)
    ledger.chain.mine(ledgers.anchored(batch, manifest))
    ledger.follow()
    return manifest, sorted(set(ledger.store.digests(Digest(b""), 1_000)) - before)


def test_what_is_not_what_was_anchored_does_not_stay(ledger: Ledger):
    kept = ledger.anchor(1)
    manifest, blocks = malformed(ledger)
    assert [dag.digest for dag in ledger.dags.malformed()] == [manifest]

    assert ledger.keeper().step() == 1

    assert ledger.store.missing(blocks) == blocks
    assert ledger.holds(kept)
    assert ledger.keeper().step() == 0


def test_a_batch_that_another_anchored_wrongly_as_well_stays(ledger: Ledger):
    batch = ledger.anchor(1, 2)
    wrong = ledgers.gather(ledgers.submit(ledgers.keep(ledger.store, [ledgers.record(9)]), by=2))
    ledger.chain.mine(ledgers.anchored(wrong, batch, publisher=3, count=1))
    ledger.follow()
    assert [dag.digest for dag in ledger.dags.malformed()] == [batch]

    assert ledger.keeper().step() == 0

    assert ledger.holds(batch)


def test_what_was_refused_for_its_size_does_not_stay(ledger: Ledger):
    leaves = [dagcbor.encode({"n": number}) for number in range(40)]
    manifest = dagcbor.encode([to_bytes(digest_of(each)) for each in leaves])
    root = digest_of(manifest)
    ledger.store.put_many([(root, manifest), *((digest_of(each), each) for each in leaves[:5])])
    small = ledgers.gather(ledgers.submit(ledgers.keep(ledger.store, [ledgers.record(9)])))
    ledger.chain.mine(ledgers.anchored(small, root))
    ledger.book.wants.add([(root, "batch")])
    ledger.book.wants.failed(root, "it links to more", refused=4)
    ledger.sync.step()
    ledger.keeper().step()

    assert ledger.store.missing([root, digest_of(leaves[0])]) == [root, digest_of(leaves[0])]


def test_nothing_goes_while_the_index_is_made_anew(ledger: Ledger):
    """It does not know yet what is shared."""
    shared, other = ledger.anchor(1, 2), ledger.anchor(2, 3)
    ledger.elsewhere(shared, A, B)
    hidden = ledger.store.get(other)
    ledger.store.discard([other])  # the index cannot read it again
    ledger.index.clear()
    ledger.sync.step()
    assert [dag.digest for dag in ledger.dags.missing()] == [other]

    assert ledger.keeper(room=1).step() == 0

    ledger.store.put_many([(other, hidden)])
    ledger.sync.step()
    assert ledger.keeper(room=1).step() == 1
    assert ledger.holds(other)


def test_a_damaged_page_does_not_keep_a_batch_from_going(ledger: Ledger):
    batch = ledger.anchor(1, 2)
    ledger.elsewhere(batch, A, B)
    ledger.store._database.execute("UPDATE blocks SET bytes = x'00' WHERE digest = ?", batch)
    ledger.book.checks.damaged(batch)

    assert ledger.keeper(room=1).step() == 1

    assert ledger.store.missing([batch]) == [batch]
    assert ledger.book.checks.to_mend() == []


def test_what_the_operator_wants_after_all_is_fetched_again(ledger: Ledger):
    batch = ledger.anchor(1)
    ledger.keeper("job=grep").step()
    assert batch in ledger.book.kept.dropped()
    before = ledger.book.kept.state()

    ledger.keeper("all").step()

    assert ledger.book.kept.dropped() == {}
    assert batch not in ledger.book.kept.all()  # until it is here
    assert ledger.book.kept.state() != before


def test_what_had_no_room_comes_back_once_there_is_no_limit(ledger: Ledger):
    batch = ledger.anchor(1)
    ledger.elsewhere(batch, A, B)
    ledger.keeper(room=1).step()
    ledger.keeper(room=2).step()
    assert batch in ledger.book.kept.dropped()

    ledger.keeper().step()

    assert ledger.book.kept.dropped() == {}


def test_a_batch_that_left_the_chain_stays_until_somebody_anchors_it_again(ledger: Ledger):
    batch = ledger.anchor(1)
    ledger.chain.reorganise(1)
    ledger.chain.mine()
    ledger.chain.mine()
    ledger.follow()
    assert ledger.dags.whole() == []

    assert ledger.keeper("job=grep", room=1).step() == 0

    assert batch in ledger.book.kept.all()
    assert ledger.store.get(batch)
