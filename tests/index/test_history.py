"""What validators ask about earlier batches: whenever they ask, the answers are the same."""

import pytest

from ledger.anchor import batch as batches
from ledger.anchor.batch import Batch
from ledger.anchor.submission import Submission
from ledger.errors import NotFoundError
from ledger.index.database import Index
from ledger.index.history import WITHHELD_SECONDS
from ledger.index.history import History
from ledger.index.history import UnsettledError
from ledger.index.sync import Sync
from ledger.record import codec
from ledger.store.sqlite import SQLiteBlockStore
from ledger.validate.checks import Execution
from tests.index import ledgers
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import GENESIS_TIME
from tests.index.simulated_chain import SECONDS_PER_BLOCK
from tests.index.simulated_chain import SimulatedChain

ORIGIN = f"file:{ledgers.SHA256}:1"
MINE = Execution(ledgers.signer(1).address, ORIGIN)


class Clock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.now = float(GENESIS_TIME)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def history(index: Index, clock: Clock) -> History:
    return History(index, clock=clock)


def name_of(batch: Batch, publisher: int = 0) -> str:
    return "0x" + ledgers.batch_id(batch, publisher).hex()


def anchor(
    store: SQLiteBlockStore, chain: SimulatedChain, part: Submission, publisher: int = 0
) -> str:
    batch = ledgers.gather(part)
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch), publisher))
    return name_of(batch, publisher)


def withhold(chain: SimulatedChain, batch: Batch) -> None:
    """Anchor a batch whose blocks nobody has."""
    manifest = list(batches.blocks(batch))[-1][0]
    chain.mine(ledgers.anchored(batch, manifest))


def test_a_record_of_an_earlier_batch_was_seen_before(history, sync: Sync, store, chain):
    digests = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    first = anchor(store, chain, ledgers.submit(digests[:1]))
    second = anchor(store, chain, ledgers.submit(digests))
    sync.step()

    assert history.before(first).seen(digests) == set()
    assert history.before(second).seen(digests) == {digests[0]}


def test_within_a_block_the_order_of_the_logs_decides(history, sync: Sync, store, chain):
    digests = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    first, second = (
        ledgers.gather(ledgers.submit(digests[:1])),
        ledgers.gather(ledgers.submit(digests)),
    )
    chain.mine(
        ledgers.anchored(first, ledgers.publish(store, first)),
        ledgers.anchored(second, ledgers.publish(store, second)),
    )
    sync.step()

    assert history.before(name_of(first)).seen(digests) == set()
    assert history.before(name_of(second)).seen(digests) == {digests[0]}


def test_an_unsigned_copy_does_not_make_the_honest_record_a_repetition(
    history, sync: Sync, store, chain
):
    digests = ledgers.keep(store, [ledgers.record(1)])
    victim = ledgers.signer(1).address
    anchor(store, chain, Submission(victim, tuple(digests), b"\x11" * 64 + b"\x1b"), publisher=5)
    honest = anchor(store, chain, ledgers.submit(digests, by=1))
    sync.step()

    assert history.before(honest).seen(digests) == set()
    assert history.before(honest).executed([MINE]) == set()


def test_earlier_successful_runs_of_a_job_are_known_with_their_contributors(
    history, sync: Sync, store, chain
):
    first = ledgers.keep(store, [ledgers.record(1), ledgers.record(2, status="failed")])
    second = ledgers.keep(store, [ledgers.record(3)])
    early = anchor(store, chain, ledgers.submit(first, by=1))
    later = anchor(store, chain, ledgers.submit(second, by=2))
    last = anchor(store, chain, ledgers.submit(ledgers.keep(store, [ledgers.record(4)])))
    sync.step()
    (name,) = {codec.decode(store.get(digest)).job.name for digest in first}

    assert history.before(early).alike(name) == []
    assert history.before(later).alike(name) == [(first[0], ledgers.signer(1).address)]
    assert history.before(last).alike(name) == [
        (second[0], ledgers.signer(2).address),
        (first[0], ledgers.signer(1).address),
    ]
    assert history.before(last).alike("no job") == []


def test_an_execution_is_repeated_by_the_same_contributor_only(history, sync: Sync, store, chain):
    first = ledgers.keep(store, [ledgers.record(1)])
    again = ledgers.keep(store, [ledgers.record(1, runtime_seconds=7)])
    anchor(store, chain, ledgers.submit(first, by=1))
    later = anchor(store, chain, ledgers.submit(again, by=1))
    sync.step()

    theirs = Execution(ledgers.signer(2).address, ORIGIN)
    assert history.before(later).executed([MINE, theirs]) == {MINE}


def test_what_was_superseded_before_a_batch_may_be_repeated_in_it(
    history, sync: Sync, store, chain
):
    digests = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    old, other = (ledgers.gather(ledgers.submit([digest])) for digest in digests)
    chain.mine(ledgers.anchored(old, ledgers.publish(store, old)))
    chain.mine(ledgers.anchored(other, ledgers.publish(store, other)))
    chain.mine(ledgers.superseded(old, other))
    again = anchor(store, chain, ledgers.submit(digests[:1], by=1), publisher=5)
    sync.step()

    assert history.before(again).seen(digests) == {digests[1]}
    assert history.before(again).executed([MINE]) == set()


def test_what_was_revoked_before_a_batch_may_be_repeated_in_it(history, sync: Sync, store, chain):
    digests = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    old = ledgers.gather(ledgers.submit(digests, by=1))
    chain.mine(ledgers.anchored(old, ledgers.publish(store, old)))
    chain.mine(ledgers.revoked(digests[0], old, contributor=1))
    again = anchor(store, chain, ledgers.submit(digests, by=1), publisher=5)
    sync.step()

    assert history.before(again).seen(digests) == {digests[1]}
    assert history.before(again).executed([MINE]) == set()


@pytest.mark.parametrize("withdrawn", ["superseded", "revoked"])
def test_a_validator_that_judges_late_sees_what_one_that_judged_at_once_saw(
    history, sync: Sync, store, chain, withdrawn: str
):
    digests = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    old = ledgers.gather(ledgers.submit(digests[:1], by=1))
    chain.mine(ledgers.anchored(old, ledgers.publish(store, old)))
    new = ledgers.gather(ledgers.submit(digests, by=1))
    chain.mine(ledgers.anchored(new, ledgers.publish(store, new)))
    sync.step()
    at_once = history.before(name_of(new))
    seen, executed = at_once.seen(digests), at_once.executed([MINE])
    chain.mine(
        ledgers.superseded(old, new)
        if withdrawn == "superseded"
        else ledgers.revoked(digests[0], old, contributor=1)
    )
    sync.step()
    late = history.before(name_of(new))

    assert (seen, executed) == ({digests[0]}, {MINE})
    assert (late.seen(digests), late.executed([MINE])) == (seen, executed)


def test_a_batch_is_not_judged_while_an_earlier_one_is_on_its_way(
    history, sync: Sync, store, chain
):
    digests = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    earlier = ledgers.gather(ledgers.submit(digests[:1], by=1))
    withhold(chain, earlier)
    later = anchor(store, chain, ledgers.submit(digests, by=1), publisher=5)
    sync.step()

    with pytest.raises(UnsettledError) as waiting:
        history.before(later)
    assert name_of(earlier) in waiting.value.message
    assert "one hour" in waiting.value.hint

    ledgers.publish(store, earlier)
    sync.step()
    assert history.before(later).seen(digests) == {digests[0]}


def test_a_batch_that_stays_withheld_holds_up_the_others_for_an_hour_and_then_counts_as_empty(
    history, sync: Sync, store, chain, clock: Clock
):
    digests = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    earlier = ledgers.gather(ledgers.submit(digests[:1], by=1))
    withhold(chain, earlier)
    anchored_at = GENESIS_TIME + chain.head * SECONDS_PER_BLOCK
    later = anchor(store, chain, ledgers.submit(digests, by=1), publisher=5)
    sync.step()

    clock.now = anchored_at + WITHHELD_SECONDS - 1
    with pytest.raises(UnsettledError):
        history.before(later)
    clock.now = anchored_at + WITHHELD_SECONDS
    past = history.before(later)

    assert past.seen(digests) == set()
    ledgers.publish(store, earlier)
    sync.step()
    assert past.seen(digests) == set(), "not one part of a batch with it, and one without"
    assert past.executed([MINE]) == set()


def test_a_batch_does_not_wait_for_those_after_it(history, sync: Sync, store, chain):
    digests = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    earlier = anchor(store, chain, ledgers.submit(digests[:1]))
    withhold(chain, ledgers.gather(ledgers.submit(digests)))
    sync.step()

    assert history.before(earlier).seen(digests) == set()


def test_nothing_is_judged_that_a_reorganisation_could_still_change(
    history, index: Index, store, chain
):
    sync = Sync(index, store, chain.w3, DEPLOYMENT, confirmations=2)
    name = anchor(store, chain, ledgers.submit(ledgers.keep(store, [ledgers.record(1)])))
    sync.step()

    assert history.unattested(ledgers.signer(7).address) == []
    with pytest.raises(UnsettledError, match="not final"):
        history.before(name)

    chain.mine()
    chain.mine()
    sync.step()
    assert [each.batch_id for each in history.unattested(ledgers.signer(7).address)] == [name]
    assert history.before(name).seen([]) == set()


def test_batches_that_wait_for_a_validator_come_oldest_first(history, sync: Sync, store, chain):
    names = [
        anchor(store, chain, ledgers.submit(ledgers.keep(store, [ledgers.record(row)])))
        for row in (1, 2)
    ]
    sync.step()

    waiting = history.unattested(ledgers.signer(7).address)

    assert [batch.batch_id for batch in waiting] == names


def test_a_batch_that_was_rolled_back_is_not_found(history):
    with pytest.raises(NotFoundError):
        history.before("0x" + "00" * 32)


def test_validators_are_active_from_joining_to_leaving(history, sync: Sync, chain):
    sync.step()
    first = history.active()
    chain.mine(*ledgers.joined(6), ledgers.left(7), ledgers.slashed(8))
    sync.step()

    assert first == {ledgers.signer(index).address for index in (7, 8, 9)}
    assert history.active() == {ledgers.signer(index).address for index in (6, 9)}
