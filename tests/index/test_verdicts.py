"""Attestations and the statuses that follow from them."""

import pytest

from ledger.anchor.batch import Batch
from ledger.index.queries import Queries
from ledger.index.sync import Sync
from ledger.record.cid import to_text
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.simulated_chain import SECONDS_PER_BLOCK
from tests.index.simulated_chain import SimulatedChain


@pytest.fixture
def batch(store: SQLiteBlockStore, chain: SimulatedChain) -> Batch:
    """Three anchored records."""
    digests = ledgers.keep(store, [ledgers.record(row) for row in (1, 2, 3)])
    gathered = ledgers.gather(ledgers.submit(digests))
    chain.mine(ledgers.anchored(gathered, ledgers.publish(store, gathered)))
    return gathered


def attest(store, chain, batch, validator, rejected=None, *, sequence=1):
    said = ledgers.report(batch, validator, rejected, sequence)
    chain.mine(ledgers.attested(said, ledgers.deliver(store, said)))


def rows_of(queries: Queries, batch: Batch):
    rows = {row.cid: row for row in queries.records().rows}
    return [rows[to_text(digest)] for digest in batch.records()]


def statuses(queries: Queries, batch: Batch) -> list[str]:
    return [row.status.value for row in rows_of(queries, batch)]


def test_a_quorum_of_verdicts_decides_each_record(sync, queries, store, chain, batch):
    attest(store, chain, batch, 7, {1: 5})
    attest(store, chain, batch, 8, {1: 5, 2: 4})
    attest(store, chain, batch, 9, {2: 4})

    sync.step()

    assert statuses(queries, batch) == ["accepted", "rejected", "rejected"]
    assert [(row.accepted, row.rejected) for row in rows_of(queries, batch)] == [
        (3, 0),
        (1, 2),
        (1, 2),
    ]
    verdicts = queries.record(to_text(batch.records()[1])).verdicts
    assert {(verdict.validator, verdict.reason, verdict.detail) for verdict in verdicts} == {
        (ledgers.signer(7).address, "impossible-cpu", "found 5"),
        (ledgers.signer(8).address, "impossible-cpu", "found 5"),
        (ledgers.signer(9).address, "accepted", ""),
    }


def test_a_code_of_a_newer_validator_is_shown_as_it_is(sync, queries, store, chain, batch):
    attest(store, chain, batch, 7, {0: 999})

    sync.step()

    (verdict,) = queries.record(to_text(batch.records()[0])).verdicts
    assert (verdict.code, verdict.reason) == (999, "code-999")


def test_a_correction_replaces_what_was_said_before(sync, queries, store, chain, batch):
    attest(store, chain, batch, 7, {0: 5})
    attest(store, chain, batch, 8, {0: 5})
    sync.step()
    assert statuses(queries, batch) == ["rejected", "accepted", "accepted"]

    attest(store, chain, batch, 7, sequence=2)
    sync.step()

    assert statuses(queries, batch) == ["anchored", "accepted", "accepted"]
    standing = queries.batch("0x" + ledgers.batch_id(batch).hex()).attestations
    assert {(row.validator, row.sequence) for row in standing} == {
        (ledgers.signer(7).address, 2),
        (ledgers.signer(8).address, 1),
    }


def test_a_report_that_is_not_here_yet_counts_once_it_comes(sync, queries, store, chain, batch):
    reports = [ledgers.report(batch, validator) for validator in (7, 8)]
    for said in reports:
        *_, (digest, _) = ledgers.reports.blocks(said)
        chain.mine(ledgers.attested(said, digest))
    assert sync.step().waiting == 2
    assert set(statuses(queries, batch)) == {"anchored"}

    for said in reports:
        ledgers.deliver(store, said)
    result = sync.step()

    assert (result.attestations, result.waiting) == (2, 0)
    assert set(statuses(queries, batch)) == {"accepted"}


@pytest.mark.parametrize(
    "changed",
    [
        {"root": b"\x01" * 32},
        {"accepted": 2},
        {"rejected": 1},
        {"sequence": 2},
        {"validator": ledgers.signer(9).address},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_report_that_differs_from_what_was_attested_does_not_count(
    sync, queries, store, batch, *, chain, changed
):
    said = ledgers.report(batch, 7)
    chain.mine(ledgers.attested(said, ledgers.deliver(store, said), **changed))

    sync.step()

    (row,) = queries.batch("0x" + ledgers.batch_id(batch).hex()).attestations
    assert row.state == "malformed"
    assert f"({next(iter(changed))})" in row.problem
    assert {row.accepted for row in rows_of(queries, batch)} == {0}


def test_a_split_vote_becomes_a_dispute_when_the_time_is_over(sync, queries, store, chain, batch):
    attest(store, chain, batch, 7, {0: 5})
    attest(store, chain, batch, 8, {1: 5})
    sync.step()
    assert statuses(queries, batch) == ["anchored", "anchored", "accepted"]

    for _ in range(600 // SECONDS_PER_BLOCK):
        chain.mine()
    sync.step()

    assert statuses(queries, batch) == ["disputed", "disputed", "accepted"]


def test_the_verdicts_of_a_slashed_validator_do_not_count(sync, queries, store, chain, batch):
    attest(store, chain, batch, 7)
    attest(store, chain, batch, 8)
    sync.step()
    assert set(statuses(queries, batch)) == {"accepted"}

    chain.mine(ledgers.slashed(8))
    sync.step()

    assert set(statuses(queries, batch)) == {"anchored"}
    assert {row.accepted for row in rows_of(queries, batch)} == {1}


def test_a_superseded_batch_says_by_which(sync, queries, store, chain, batch):
    attest(store, chain, batch, 7)
    attest(store, chain, batch, 8)
    better = ledgers.gather(ledgers.submit(ledgers.keep(store, [ledgers.record(4)])))
    chain.mine(ledgers.anchored(better, ledgers.publish(store, better)))
    chain.mine(ledgers.superseded(batch, better))

    sync.step()

    assert set(statuses(queries, batch)) == {"superseded"}
    shown = queries.batch("0x" + ledgers.batch_id(batch).hex()).batch
    assert shown.superseded_by == "0x" + ledgers.batch_id(better).hex()


def test_a_record_of_a_superseded_batch_moves_to_its_replacement(
    sync, queries, store, chain, batch
):
    better = ledgers.gather(ledgers.submit(batch.records()[:2]))
    chain.mine(ledgers.anchored(better, ledgers.publish(store, better)))
    chain.mine(ledgers.superseded(batch, better))

    sync.step()

    assert statuses(queries, batch) == ["anchored", "anchored", "superseded"]
    assert rows_of(queries, batch)[0].batch_id == "0x" + ledgers.batch_id(better).hex()


def test_a_contributor_revokes_one_record(sync, queries, store, chain, batch):
    attest(store, chain, batch, 7)
    attest(store, chain, batch, 8)
    chain.mine(ledgers.revoked(batch.records()[1], batch))

    sync.step()

    assert statuses(queries, batch) == ["accepted", "revoked", "accepted"]


def test_a_revocation_holds_for_later_batches_of_the_same_contributor_only(
    sync: Sync, queries: Queries, store: SQLiteBlockStore, chain: SimulatedChain, batch: Batch
):
    digest = batch.records()[0]
    chain.mine(ledgers.revoked(digest, batch))
    again = ledgers.gather(ledgers.submit([digest], by=1))
    chain.mine(ledgers.anchored(again, ledgers.publish(store, again)))
    sync.step()
    assert statuses(queries, batch)[0] == "revoked"

    other = ledgers.gather(ledgers.submit([digest], by=2))
    chain.mine(ledgers.anchored(other, ledgers.publish(store, other)))
    sync.step()

    row = rows_of(queries, batch)[0]
    assert (row.status, row.contributor) == ("anchored", ledgers.signer(2).address)


def test_quorum_and_validators_are_those_of_the_anchor(sync, queries, store, chain, batch):
    chain.mine(ledgers.quorum(chain.head + 2, 3), *ledgers.joined(6))
    later = ledgers.gather(ledgers.submit(ledgers.keep(store, [ledgers.record(9)])))
    chain.mine(ledgers.anchored(later, ledgers.publish(store, later)))

    sync.step()

    newest, oldest = queries.batches()
    assert (oldest.quorum, oldest.validators) == (2, 3)
    assert (newest.quorum, newest.validators) == (3, 4)


def test_agreement_is_counted_among_decided_records(sync, queries, store, chain, batch):
    attest(store, chain, batch, 7, {0: 5})
    attest(store, chain, batch, 8, {0: 5, 1: 4})
    attest(store, chain, batch, 9, {2: 4})

    sync.step()

    # Outcomes: rejected, accepted, accepted.
    agreement = {row.address: (row.agreed, row.decided) for row in queries.validators()}
    assert agreement == {
        ledgers.signer(7).address: (3, 3),
        ledgers.signer(8).address: (2, 3),
        ledgers.signer(9).address: (1, 3),
    }
