"""A batch gets one verdict per record, in its order, whatever is wrong with some of them."""

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.anchor.batch import Batch
from ledger.anchor.batch import batch_id
from ledger.anchor.batch import gather
from ledger.anchor.submission import sign
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.eip712 import Domain
from ledger.store.blocks import BlockNotFoundError
from ledger.store.sqlite import SQLiteBlockStore
from ledger.validate.attest import make_report
from ledger.validate.checks import Context
from ledger.validate.checks import check_batch
from ledger.validate.reasons import Reason
from ledger.validate.report import read_report
from tests.validate.records import ANCHORED_AT
from tests.validate.records import CONTEXT
from tests.validate.records import FILE
from tests.validate.records import block_of
from tests.validate.records import changed
from tests.validate.records import command

DOMAIN = Domain(1337, dev_account(9).address)
ALICE = LocalSigner(dev_account(5))
BOB = LocalSigner(dev_account(6))
FORM = {"kind": "form"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteBlockStore]:
    opened = SQLiteBlockStore(tmp_path / "blocks.sqlite")
    yield opened
    opened.close()


def keep(store: SQLiteBlockStore, blocks: Sequence[bytes]) -> list[Digest]:
    store.put_many([(digest_of(block), block) for block in blocks])
    return [digest_of(block) for block in blocks]


def batch_of(store: SQLiteBlockStore, *values: dict[str, Any]) -> Batch:
    digests = keep(store, [block_of(value) for value in values])
    return gather(DOMAIN, [sign(digests, DOMAIN, ALICE)])


def codes(batch: Batch, store: SQLiteBlockStore, context: Context = CONTEXT) -> list[int]:
    return [verdict.code for verdict in check_batch(batch, store, context)]


def test_each_record_is_judged_on_its_own(store: SQLiteBlockStore) -> None:
    good, bad = block_of(changed()), block_of(changed(runtime_seconds=0, metrics=None))
    junk = dagcbor.encode({"not": "a record"})
    digests = keep(store, [bad, good, junk])
    batch = gather(DOMAIN, [sign(digests, DOMAIN, ALICE)])

    assert codes(batch, store) == [Reason.IMPLAUSIBLE_RUNTIME, Reason.ACCEPTED, Reason.SCHEMA]


def test_an_unsigned_submission_does_not_take_the_other_along(store: SQLiteBlockStore) -> None:
    one = keep(
        store, [block_of(changed(runtime_seconds=seconds, origin=FORM)) for seconds in (96, 97)]
    )
    other = keep(store, [block_of(changed(origin=FORM))])
    forged = replace(sign(one, DOMAIN, BOB), contributor=ALICE.address)
    batch = gather(DOMAIN, [forged, sign(other, DOMAIN, ALICE)])

    assert codes(batch, store) == [
        Reason.BAD_SIGNATURE,
        Reason.BAD_SIGNATURE,
        Reason.ACCEPTED,
    ]


def test_a_signature_for_another_ledger_does_not_count(store: SQLiteBlockStore) -> None:
    digests = keep(store, [block_of(changed())])
    batch = gather(DOMAIN, [sign(digests, Domain(1, DOMAIN.contract), ALICE)])

    assert codes(batch, store) == [Reason.BAD_SIGNATURE]


def test_five_repeats_with_the_same_runtime_are_five_executions(store: SQLiteBlockStore) -> None:
    repeats = [changed(origin={**FILE, "row": row}) for row in range(1, 6)]

    assert codes(batch_of(store, *repeats), store) == [Reason.ACCEPTED] * 5


def test_the_second_telling_of_one_run_is_a_duplicate(store: SQLiteBlockStore) -> None:
    batch = batch_of(
        store,
        changed(origin=command(run_id="a")),
        changed(origin=command(run_id="a"), runtime_seconds=101),
        changed(origin=command(run_id="b"), runtime_seconds=101),
    )

    assert codes(batch, store) == [Reason.ACCEPTED, Reason.DUPLICATE, Reason.ACCEPTED]


def test_a_rejected_telling_does_not_bar_the_right_one(store: SQLiteBlockStore) -> None:
    batch = batch_of(
        store,
        changed(origin=command(run_id="a"), runtime_seconds=0, metrics=None),
        changed(origin=command(run_id="a")),
    )

    assert codes(batch, store) == [Reason.IMPLAUSIBLE_RUNTIME, Reason.ACCEPTED]


def test_what_earlier_batches_hold_is_asked_for_many_at_a_time(store: SQLiteBlockStore) -> None:
    batch = batch_of(store, *[changed(origin={**FILE, "row": row}) for row in range(1, 1_501)])
    asked: list[int] = []
    last = batch.records()[-1]

    def seen(digests: Sequence[Digest]) -> set[Digest]:
        asked.append(len(digests))
        return set(digests) & {last}

    found = codes(batch, store, Context(ANCHORED_AT, seen=seen))

    assert asked == [1_000, 500]
    assert found == [Reason.ACCEPTED] * 1_499 + [Reason.DUPLICATE]


def test_progress_counts_records(store: SQLiteBlockStore) -> None:
    batch = batch_of(store, *[changed(origin={**FILE, "row": row}) for row in range(1, 1_501)])
    done: list[int] = []

    check_batch(batch, store, CONTEXT, progress=done.append)

    assert done == [1_000, 1_500]


def test_no_verdict_is_given_on_a_record_that_is_not_here(store: SQLiteBlockStore) -> None:
    block = block_of(changed())
    batch = gather(DOMAIN, [sign([digest_of(block)], DOMAIN, ALICE)])

    with pytest.raises(BlockNotFoundError):
        check_batch(batch, store, CONTEXT)


def test_verdicts_become_a_report_that_others_can_read(store: SQLiteBlockStore) -> None:
    batch = batch_of(store, changed(), changed(runtime_seconds=0, metrics=None))
    verdicts = check_batch(batch, store, CONTEXT)

    report, blocks = make_report(
        batch,
        verdicts,
        batch_id=batch_id(BOB.address, batch.root),
        sequence=1,
        domain=DOMAIN,
        signer=BOB,
    )
    store.put_many(blocks)

    assert read_report(store, blocks[-1][0], batch.records()) == report
    assert (report.accepted, report.rejected) == (1, 1)
    assert report.is_signed()
