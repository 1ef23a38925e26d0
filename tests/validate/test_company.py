"""Records that look well alone and not beside others."""

from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.anchor.batch import Batch
from ledger.anchor.batch import gather
from ledger.anchor.submission import sign
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.record.cid import digest_of
from ledger.record.eip712 import Domain
from ledger.store.sqlite import SQLiteBlockStore
from ledger.validate.checks import Context
from ledger.validate.checks import check_batch
from ledger.validate.reasons import Reason
from tests.validate.records import block_of

DOMAIN = Domain(1337, dev_account(9).address)
ALICE, BOB = LocalSigner(dev_account(5)), LocalSigner(dev_account(6))
GIGABYTE = 10**9
NODES = (2, 4, 6, 8, 12)
SIZES = (10, 14, 20, 28, 40)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteBlockStore]:
    opened = SQLiteBlockStore(tmp_path / "blocks.sqlite")
    yield opened
    opened.close()


def run(nodes: int, gigabytes: float, seconds: float, note: str = "", **more: Any):
    return {
        "job": {"name": "sort", "framework": {"name": "spark"}},
        "input": {
            "size_bytes": int(gigabytes * GIGABYTE),
            "characteristics": {"lines": int(gigabytes * 10**7), "line_length": 100},
        },
        "cluster": {"nodes": nodes, "machine_type": "m5.xlarge"},
        "runtime_seconds": seconds,
        "origin": {"kind": "form", "note": note},
        **more,
    }


def law(nodes: int, gigabytes: float) -> float:
    return float(round(20 + 30 * gigabytes / nodes + nodes))


def honest(note: str = "honest") -> list[dict[str, Any]]:
    return [
        run(nodes, size, law(nodes, size), f"{note} {repeat}")
        for nodes in NODES
        for size in SIZES
        for repeat in range(2)
    ]


def batch_of(store: SQLiteBlockStore, *parts: tuple[LocalSigner, list[dict[str, Any]]]) -> Batch:
    submissions = []
    for signer, values in parts:
        blocks = [block_of(value) for value in values]
        store.put_many([(digest_of(block), block) for block in blocks])
        submissions.append(sign([digest_of(block) for block in blocks], DOMAIN, signer))
    return gather(DOMAIN, submissions)


def codes(store: SQLiteBlockStore, batch: Batch, before: Batch | None = None) -> list[int]:
    there = [
        (digest, submission.contributor)
        for submission in (before.submissions if before else ())
        for digest in submission.records
    ]
    context = Context(datetime(2026, 1, 1, tzinfo=UTC), alike=lambda _job: there)
    return [verdict.code for verdict in check_batch(batch, store, context)]


def later(store: SQLiteBlockStore, *values: dict[str, Any]) -> list[int]:
    """Verdicts on what Bob contributes after Alice's honest runs."""
    before = batch_of(store, (ALICE, honest()))
    return codes(store, batch_of(store, (BOB, list(values))), before)


def test_honest_runs_vouch_for_each_other(store):
    assert codes(store, batch_of(store, (ALICE, honest()))) == [Reason.ACCEPTED] * 50


@pytest.mark.parametrize("factor", [1_000, 1 / 60, 10, 0.1])
def test_a_runtime_in_another_unit_or_with_another_digit_is_an_outlier(store, factor: float):
    assert later(store, run(4, 20, law(4, 20) * factor)) == [Reason.OUTLIER]


@pytest.mark.parametrize("factor", [1.0, 2.5, 0.4])
def test_a_run_on_slower_or_faster_machines_is_none(store, factor: float):
    assert later(store, run(4, 20, law(4, 20) * factor)) == [Reason.ACCEPTED]


def test_a_run_beyond_all_others_is_not_judged_by_them(store):
    assert later(store, run(64, 4_000, 90_000)) == [Reason.ACCEPTED]


def test_few_runs_call_nobody_wrong(store):
    few = batch_of(store, (ALICE, honest()[:30]))

    assert codes(store, batch_of(store, (BOB, [run(4, 20, 1e6)])), few) == [Reason.ACCEPTED]


def test_wrong_runs_do_not_vouch_for_each_other(store):
    places = ((2, 12), (4, 17), (6, 24), (8, 34))
    wrong = [run(nodes, size, law(nodes, size) * 1_000) for nodes, size in places]

    assert later(store, *wrong) == [Reason.OUTLIER] * 4


def test_megabytes_taken_for_bytes_contradict_the_lines(store):
    wrong = run(4, 20, law(4, 20))
    wrong["input"]["size_bytes"] //= 1_000_000

    assert later(store, wrong) == [Reason.INCONSISTENT_SIZES]


def test_a_compressed_input_contradicts_nothing(store):
    compressed = run(4, 20, law(4, 20))
    compressed["input"]["size_bytes"] //= 8

    assert later(store, compressed) == [Reason.ACCEPTED]


def test_the_usual_size_of_the_same_rows_is_known(store):
    wrong = run(4, 20, law(4, 20))
    wrong["input"]["size_bytes"] //= 40
    rows = [run(nodes, 20, law(nodes, 20), str(nodes)) for nodes in (2, 3, 4, 5, 6, 8)]
    before = batch_of(store, (ALICE, rows))

    assert codes(store, batch_of(store, (BOB, [wrong])), before) == [Reason.INCONSISTENT_SIZES]


def test_what_another_contributor_measured_is_a_copy(store):
    assert later(store, *honest("mine")) == [Reason.DUPLICATE_CONTENT] * 50


def test_a_copy_in_the_same_batch_is_one_too(store):
    batch = batch_of(store, (ALICE, honest()), (BOB, honest("mine")))

    assert codes(store, batch) == [Reason.ACCEPTED] * 50 + [Reason.DUPLICATE_CONTENT] * 50


def test_a_single_run_that_took_as_long_is_no_copy(store):
    assert later(store, run(4, 20, law(4, 20), "mine")) == [Reason.ACCEPTED]


def test_a_single_run_that_started_in_the_same_second_is_one(store):
    detailed = {"started_at": "2025-12-31T12:00:00Z"}
    before = batch_of(store, (ALICE, [run(4, 20, 170, "theirs", **detailed)]))
    mine, other = (
        run(4, 20, 170, "mine", **detailed),
        run(4, 20, 170, "other", started_at="2025-12-31T13:00:00Z"),
    )

    assert codes(store, batch_of(store, (BOB, [mine, other])), before) == [
        Reason.DUPLICATE_CONTENT,
        Reason.ACCEPTED,
    ]


def test_own_runs_are_repeats_and_no_copies(store):
    before = batch_of(store, (ALICE, honest()))
    again = batch_of(store, (ALICE, honest("again")))

    assert codes(store, again, before) == [Reason.ACCEPTED] * 50


def test_a_curve_without_loss_was_computed(store):
    curve = [run(nodes, 20, round(600 / nodes, 2)) for nodes in NODES]

    assert later(store, *curve) == [Reason.IMPOSSIBLE_SCALING] * 5


def test_better_than_linear_scaling_is_possible(store):
    cached = [run(2, 17, 900.0), run(4, 17, 200.0), run(6, 17, 110.0), run(8, 17, 90.0)]

    assert codes(store, batch_of(store, (ALICE, cached))) == [Reason.ACCEPTED] * 4
