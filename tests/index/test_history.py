"""What validators ask about earlier batches."""

import pytest

from ledger.anchor.submission import Submission
from ledger.errors import NotFoundError
from ledger.index.database import Index
from ledger.index.history import History
from ledger.index.sync import Sync
from ledger.store.sqlite import SQLiteBlockStore
from ledger.validate.checks import Execution
from tests.index import ledgers
from tests.index.simulated_chain import SimulatedChain

ORIGIN = f"file:{ledgers.SHA256}:1"


@pytest.fixture
def history(index: Index) -> History:
    return History(index)


def anchor(
    store: SQLiteBlockStore, chain: SimulatedChain, part: Submission, publisher: int = 0
) -> str:
    batch = ledgers.gather(part)
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch), publisher))
    return "0x" + ledgers.batch_id(batch, publisher).hex()


def test_a_record_of_an_earlier_batch_was_seen_before(history, sync: Sync, store, chain):
    digests = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    first = anchor(store, chain, ledgers.submit(digests[:1]))
    second = anchor(store, chain, ledgers.submit(digests))
    sync.step()

    assert history.seen_before(first, digests) == set()
    assert history.seen_before(second, digests) == {digests[0]}


def test_an_unsigned_copy_does_not_make_the_honest_record_a_repetition(
    history, sync: Sync, store, chain
):
    digests = ledgers.keep(store, [ledgers.record(1)])
    victim = ledgers.signer(1).address
    anchor(store, chain, Submission(victim, tuple(digests), b"\x11" * 64 + b"\x1b"), publisher=5)
    honest = anchor(store, chain, ledgers.submit(digests, by=1))
    sync.step()

    assert history.seen_before(honest, digests) == set()
    assert history.executed_before(honest, [Execution(victim, ORIGIN)]) == set()


def test_a_superseded_batch_may_be_repeated(history, sync: Sync, store, chain):
    digests = ledgers.keep(store, [ledgers.record(1), ledgers.record(2)])
    old = ledgers.gather(ledgers.submit(digests))
    chain.mine(ledgers.anchored(old, ledgers.publish(store, old)))
    new = ledgers.gather(ledgers.submit(digests[:1]))
    chain.mine(ledgers.anchored(new, ledgers.publish(store, new)))
    chain.mine(ledgers.superseded(old, new))
    sync.step()

    assert history.seen_before("0x" + ledgers.batch_id(new).hex(), digests) == set()


def test_an_execution_is_repeated_by_the_same_contributor_only(history, sync: Sync, store, chain):
    first = ledgers.keep(store, [ledgers.record(1)])
    again = ledgers.keep(store, [ledgers.record(1, runtime_seconds=7)])
    anchor(store, chain, ledgers.submit(first, by=1))
    later = anchor(store, chain, ledgers.submit(again, by=1))
    sync.step()

    mine = Execution(ledgers.signer(1).address, ORIGIN)
    theirs = Execution(ledgers.signer(2).address, ORIGIN)
    assert history.executed_before(later, [mine, theirs]) == {mine}


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
        history.seen_before("0x" + "00" * 32, [])
