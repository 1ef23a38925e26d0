"""Whose copy of a record counts: what is not anchored, or not signed, displaces nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.anchor.intake import Intake
from ledger.anchor.outbox import Outbox
from ledger.anchor.submission import Submission
from ledger.index.database import Index
from ledger.index.history import History
from ledger.index.queries import Queries
from ledger.index.sync import Sync
from ledger.record.cid import to_text
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.simulated_chain import SimulatedChain

RECORD = ledgers.record(1)
HONEST = ledgers.signer(1).address
ATTACKER = ledgers.signer(5).address


@pytest.fixture
def intake(tmp_path: Path, index: Index, store: SQLiteBlockStore) -> Iterator[Intake]:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    yield Intake(outbox, store, index.vouched)
    outbox.close()


def anchor(store: SQLiteBlockStore, chain: SimulatedChain, part: Submission, by: int = 0) -> str:
    batch = ledgers.gather(part)
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch), by))
    return "0x" + ledgers.batch_id(batch, by).hex()


def test_a_copy_without_a_valid_signature_does_not_make_a_record_known(
    intake: Intake, sync: Sync, store, chain: SimulatedChain
):
    digests = ledgers.keep(store, [RECORD])
    forged = Submission(HONEST, tuple(digests), b"\x11" * 64 + b"\x1b")
    anchor(store, chain, forged, by=5)
    sync.step()

    accepted = intake.accept([RECORD])

    assert accepted.new == (to_text(digests[0]),)
    assert accepted.known == ()


def test_a_pending_copy_does_not_make_a_record_known(intake: Intake, index: Index, store):
    (digest,) = ledgers.keep(store, [RECORD])
    index.add_pending([(digest, RECORD, ATTACKER)])

    assert intake.accept([RECORD]).new == (to_text(digest),)


def test_a_revoked_record_may_be_handed_in_again(
    intake: Intake, sync: Sync, store, chain: SimulatedChain
):
    digests = ledgers.keep(store, [RECORD])
    batch = ledgers.gather(ledgers.submit(digests))
    chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
    chain.mine(ledgers.revoked(digests[0], batch))
    sync.step()

    assert intake.accept([RECORD]).new == (to_text(digests[0]),)


def test_a_record_that_somebody_signed_and_anchored_is_known(
    intake: Intake, sync: Sync, store, chain: SimulatedChain
):
    digests = ledgers.keep(store, [RECORD])
    anchor(store, chain, ledgers.submit(digests, by=5))
    sync.step()

    assert intake.accept([RECORD]).known == (to_text(digests[0]),)


def test_of_two_who_signed_one_record_the_earlier_anchor_has_it(
    index: Index, queries: Queries, sync: Sync, store, *, chain: SimulatedChain
):
    digests = ledgers.keep(store, [RECORD])
    earlier = anchor(store, chain, ledgers.submit(digests, by=1))
    later = anchor(store, chain, ledgers.submit(digests, by=5), by=5)
    sync.step()

    history = History(index)
    assert history.before(earlier).seen(digests) == set()
    assert history.before(later).seen(digests) == set(digests)
    assert [row.contributor for row in queries.records().rows] == [HONEST]


def test_a_pending_copy_of_another_displaces_nothing(
    index: Index, queries: Queries, sync: Sync, store, *, chain: SimulatedChain
):
    digests = ledgers.keep(store, [RECORD])
    index.add_pending([(digests[0], RECORD, ATTACKER)])
    honest = anchor(store, chain, ledgers.submit(digests, by=1))
    sync.step()
    index.add_pending([(digests[0], RECORD, ATTACKER)])

    assert History(index).before(honest).seen(digests) == set()
    assert [(row.contributor, row.status) for row in queries.records().rows] == [
        (HONEST, "anchored")
    ]
