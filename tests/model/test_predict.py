from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.capture.mapping import preset
from ledger.capture.tables import read_table
from ledger.model.known import MOST_KINDS
from ledger.model.known import Known
from ledger.model.learned import BusyError
from ledger.model.learned import Kept
from ledger.model.observation import Observation
from ledger.model.observation import Query
from ledger.model.predict import predict
from ledger.model.predict import predict_many
from ledger.model.prediction import Prediction
from ledger.model.refusal import TooFewRecordsError
from ledger.model.relevance import TooFarError
from ledger.record.codec import cid_of

from .runs import GIGABYTE
from .runs import ernest_law
from .runs import grid
from .runs import observation

C3O = Path(__file__).parents[3] / "shared" / "data" / "c3o"
QUERY = Query("sort", nodes=10, size_bytes=30 * GIGABYTE, machine_type="m5.xlarge")


def test_ernest_is_chosen_for_runs_that_follow_its_law():
    prediction = predict(grid(), QUERY)

    assert prediction.model == "ernest"
    assert prediction.runtime_seconds == pytest.approx(ernest_law(10, 30 * GIGABYTE), rel=1e-3)
    assert prediction.error < 0.01


def test_the_power_law_is_chosen_for_runs_that_follow_one():
    def law(nodes, size):
        return 3 * (size / GIGABYTE) ** 1.4 / nodes**0.5

    prediction = predict(grid(law), QUERY)

    assert prediction.model == "log-linear"
    assert prediction.runtime_seconds == pytest.approx(law(10, 30 * GIGABYTE), rel=0.02)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1000))
def test_noise_widens_the_interval_and_the_law_stays_close(seed):
    noisy = predict(grid(noise=0.1, repeats=3, seed=seed), QUERY)
    truth = ernest_law(10, 30 * GIGABYTE)

    assert noisy.lower_seconds < noisy.runtime_seconds < noisy.upper_seconds
    assert noisy.runtime_seconds == pytest.approx(truth, rel=0.3)
    assert noisy.upper_seconds / noisy.lower_seconds > 1.1


def test_the_interval_holds_about_the_share_of_new_runs_it_claims():
    hits = []
    for seed in range(12):
        prediction = predict(grid(noise=0.1, repeats=2, seed=seed), QUERY)
        new = ernest_law(10, 30 * GIGABYTE) * np.exp(
            0.1 * np.random.default_rng(seed + 1000).standard_normal(20)
        )
        hits.append(np.mean((new > prediction.lower_seconds) & (new < prediction.upper_seconds)))

    assert prediction.level == 0.9
    assert np.mean(hits) > 0.8


def test_a_prediction_names_the_records_it_rests_on():
    others = [observation(job="grep", cid="other"), observation(cid="failed", status="failed")]
    rejected = observation(runtime=1e6, cid="rejected", weight=0)

    prediction = predict([*grid(), *others, rejected], QUERY)

    assert prediction.records == prediction.configurations == 15
    assert set(prediction.cids) == {each.cid for each in grid()}


def test_weights_decide_between_records_that_contradict_each_other():
    def slow(nodes, size):
        return 10 * ernest_law(nodes, size)

    trusted = predict([*grid(weight=1.0), *grid(slow, weight=1e-6)], QUERY)

    assert trusted.runtime_seconds == pytest.approx(ernest_law(10, 30 * GIGABYTE), rel=0.05)


def test_the_same_machine_type_is_preferred():
    def slow(nodes, size):
        return 10 * ernest_law(nodes, size)

    prediction = predict([*grid(), *grid(slow, machine_type="t3.small")], QUERY)

    assert prediction.runtime_seconds == pytest.approx(ernest_law(10, 30 * GIGABYTE), rel=1e-3)


def test_an_unknown_machine_type_is_predicted_by_its_cores():
    def law(nodes, size):
        return 100 * (size / GIGABYTE) / (nodes * 4)

    query = Query("sort", 5, size_bytes=30 * GIGABYTE, machine_type="new", cores_per_node=8)

    prediction = predict(grid(law, cores=4), query)

    assert prediction.runtime_seconds == pytest.approx(100 * 30 / 40, rel=0.02)
    assert any("cores" in note for note in prediction.notes)


def test_a_number_of_workers_in_the_parameters_is_the_scale_out():
    runs = [
        observation(1, size * GIGABYTE, 2 + 10 * size / workers, parameters={"workers": workers})
        for size in (4, 8, 16)
        for workers in (1, 2)
    ]
    query = Query("sort", 1, size_bytes=12 * GIGABYTE, parameters={"workers": 2})

    assert predict(runs, query).runtime_seconds == pytest.approx(62, rel=0.01)


def test_numeric_parameters_are_learned_from():
    runs = [
        each
        for k in (2, 4, 8)
        for each in grid(lambda n, s, k=k: k * 10 * (s / GIGABYTE) / n, parameters={"k": k})
    ]
    query = Query("sort", 10, size_bytes=30 * GIGABYTE, parameters={"k": 6})

    prediction = predict(runs, query)

    assert prediction.runtime_seconds == pytest.approx(6 * 10 * 30 / 10, rel=0.02)
    assert prediction.records == 45


def test_runs_with_another_text_parameter_do_not_count():
    def slow(nodes, size):
        return 10 * ernest_law(nodes, size)

    runs = [*grid(parameters={"codec": "lz4"}), *grid(slow, parameters={"codec": "gzip"})]
    query = Query("sort", 10, size_bytes=30 * GIGABYTE, parameters={"codec": "lz4"})

    assert predict(runs, query).runtime_seconds == pytest.approx(
        ernest_law(10, 30 * GIGABYTE), rel=1e-3
    )


def test_extrapolation_and_open_questions_are_noted():
    runs = [*grid(parameters={"k": 1}), *grid(parameters={"k": 2})]

    notes = predict(runs, Query("sort", 40, size_bytes=10**12, parameters={"z": 1})).notes

    assert sum("extrapolated" in note for note in notes) == 2
    assert any("differ in it: job.parameters.k" in note for note in notes)
    assert any("no record states job.parameters.z" in note for note in notes)


def test_what_lies_two_orders_of_magnitude_beyond_the_runs_is_refused():
    with pytest.raises(TooFarError, match=r"input\.size_bytes") as caught:
        predict(grid(), Query("sort", nodes=4, size_bytes=10**13, machine_type="m5.xlarge"))
    assert "unit" in caught.value.hint


def test_a_run_in_the_wrong_unit_does_not_count():
    wrong = [observation(4, 10_000, 100.0, cid="megabytes")]

    assert "megabytes" not in predict([*grid(), *wrong], QUERY).cids


def test_a_law_that_no_formula_has_is_blended():
    def law(nodes, size):
        gigabytes = size / GIGABYTE
        return 20 + gigabytes**1.5 / nodes**2 + 0.2 * gigabytes * nodes

    prediction = predict(grid(law, noise=0.02, repeats=3), QUERY)

    assert prediction.model == "blend"
    assert prediction.runtime_seconds == pytest.approx(law(10, 30 * GIGABYTE), rel=0.1)
    assert prediction.lower_seconds < prediction.runtime_seconds < prediction.upper_seconds


def test_a_parameter_may_be_negative():
    runs = [
        each
        for k in (-4, -2, 0, 2)
        for each in grid(lambda n, s, k=k: (k + 6) * 10 * (s / GIGABYTE) / n, parameters={"k": k})
    ]
    query = Query("sort", 10, size_bytes=30 * GIGABYTE, parameters={"k": -1})

    assert predict(runs, query).runtime_seconds == pytest.approx(5 * 10 * 30 / 10, rel=0.05)


def test_the_same_records_are_learned_from_once():
    kept = Kept()
    learned = predict(grid(noise=0.1), QUERY, kept=kept)
    models = dict(kept._models)

    again = predict(grid(noise=0.1), QUERY, kept=kept)
    other = predict(grid(noise=0.1)[1:], QUERY, kept=kept)

    assert again == learned
    assert other.records == learned.records - 1
    assert all(kept._models[name] is model for name, model in models.items())
    assert len(kept._models) == 2 * len(models)


def test_many_runs_are_foretold_as_each_alone():
    runs = [*grid(noise=0.1), *grid(noise=0.1, machine_type="c5.xlarge", seed=1)]
    queries = [
        replace(QUERY, nodes=nodes, machine_type=machine)
        for machine in ("m5.xlarge", "c5.xlarge")
        for nodes in (2, 5, 12)
    ]

    alone = [predict(runs, each) for each in queries]
    together = predict_many(runs, queries)

    # Rows that are multiplied together are summed in another order: the last digit differs.
    for one, other in zip(alone, together, strict=True):
        assert replace(one, odds=other.odds) == other
        assert one.odds.between(0.9) == pytest.approx(other.odds.between(0.9), rel=1e-9)


def test_a_refused_run_does_not_take_the_others_along():
    found = predict_many(
        grid(), [QUERY, replace(QUERY, job="grep"), replace(QUERY, size_bytes=10**13)]
    )

    assert [type(each) for each in found] == [Prediction, TooFewRecordsError, TooFarError]


def test_records_are_sorted_out_once_for_runs_that_differ_in_numbers():
    known, kept = Known(grid(noise=0.1)), Kept()

    predict_many(known, [replace(QUERY, nodes=nodes) for nodes in (2, 3, 4, 5)], kept=kept)

    assert len(known._bases) == 1
    assert len(kept._models) == 3


def test_the_order_of_records_does_not_matter():
    runs = grid(noise=0.1, repeats=2)

    assert predict(runs[::-1], QUERY) == predict(runs, QUERY)


def test_a_weight_that_changed_is_another_set_of_records():
    kept = Kept()
    before = predict(grid(noise=0.1), QUERY, kept=kept)

    after = predict([*grid(noise=0.1, weight=1.0)[1:], *grid(weight=0.0)[:1]], QUERY, kept=kept)

    assert after.records == before.records - 1


@pytest.mark.parametrize(
    ("runs", "query", "reason"),
    [
        ([], QUERY, "no distinct configurations"),
        (grid(), Query("grep", 4), "successful runs of 'grep'"),
        (grid(), Query("sort", 4, framework="flink"), "on flink"),
        ([observation(runtime=r) for r in (1, 2, 3, 4)], QUERY, "1 distinct"),
        (grid(), Query("sort", 4, machine_type="x1"), "ran on x1"),
        (
            grid(parameters={"codec": "lz4"}),
            Query("sort", 4, parameters={"codec": "gzip"}),
            "codec = gzip",
        ),
        ([observation(n, None, 5.0) for n in range(1, 9)], QUERY, "size of their input"),
    ],
)
def test_too_few_records_are_refused_with_the_reason(runs, query, reason):
    with pytest.raises(TooFewRecordsError, match=reason) as caught:
        predict(runs, query)
    assert caught.value.hint


def test_without_sizes_the_scale_out_alone_predicts():
    runs = [observation(n, None, 10 + 100 / n) for n in (1, 2, 4, 8)]

    prediction = predict(runs, Query("sort", 5))

    assert prediction.runtime_seconds == pytest.approx(30, rel=0.05)
    assert any("no input size" in note for note in prediction.notes)


@pytest.mark.skipif(not C3O.is_dir(), reason="needs ../shared/data/c3o beside the repository")
def test_held_out_c3o_sort_runs_are_predicted():
    runs = [
        Observation(cid_of(row.record), row.record)
        for row in read_table(C3O / "sort.tsv", preset("c3o"))
    ]
    errors = []
    for nodes, size in ((6, 19260), (4, 11556), (10, 15408)):
        held = [
            each
            for each in runs
            if each.record.cluster.nodes == nodes
            and each.record.input.size_bytes == size * 10**6
            and each.record.cluster.machine_type == "c4.2xlarge"
        ]
        query = Query(
            "sort",
            nodes,
            framework="spark",
            size_bytes=size * 10**6,
            machine_type="c4.2xlarge",
            characteristics={"line_length": 100},
        )
        prediction = predict([each for each in runs if each not in held], query)
        median = np.median([each.record.runtime_seconds for each in held])
        errors.append(abs(prediction.runtime_seconds - median) / median)

    assert np.mean(errors) < 0.15


def test_kinds_of_questions_are_held_up_to_a_number():
    known = Known(grid())

    for number in range(2 * MOST_KINDS):
        known.basis(replace(QUERY, parameters={f"unheard-of-{number}": 1}))

    assert len(known._bases) == MOST_KINDS


def test_who_has_no_patience_is_told_that_others_are_learned_for():
    kept = Kept(patience=0)
    predict(grid(), QUERY, kept=kept)

    with kept._turn:
        assert predict(grid(), QUERY, kept=kept).records == 15
        with pytest.raises(BusyError, match="being learned"):
            predict(grid(noise=0.1), QUERY, kept=kept)

    assert predict(grid(noise=0.1), QUERY, kept=kept).records == 15
