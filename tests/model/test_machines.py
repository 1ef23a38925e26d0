"""Machine types that a job never ran on: its cores, what other jobs say, and how sure that is."""

import math
from collections import defaultdict
from dataclasses import replace

import pytest

from ledger.model.advice.experiments import experiments
from ledger.model.advice.recommend import recommend
from ledger.model.columns import runs_of
from ledger.model.known import Known
from ledger.model.machines import USUAL
from ledger.model.machines import cores_of
from ledger.model.machines import difference
from ledger.model.observation import Query
from ledger.model.predict import predict
from ledger.model.refusal import TooFewRecordsError
from tests.model.runs import GIGABYTE
from tests.model.runs import ernest_law
from tests.model.runs import grid
from tests.model.runs import observation

QUERY = Query("sort", nodes=6, size_bytes=20 * GIGABYTE, machine_type="new")


def on(machine_type, factor, job, *, cores=4, runs=grid):
    """Runs that take so many times as long as the law says."""
    return runs(
        lambda nodes, size: factor * ernest_law(nodes * cores, size),
        machine_type=machine_type,
        cores=cores,
        job=job,
    )


def others(**factors: float):
    """Other jobs that ran on both, each with how much longer it takes on the new type."""
    ran = {
        job: runs_of([*on("old", 1.0, job), *on("new", factor, job)])
        for job, factor in factors.items()
    }
    return lambda machine_type: ran if machine_type == "new" else {}


def test_a_machine_type_that_only_other_jobs_ran_on_is_answered_for():
    known = on("old", 1.0, "sort")

    with pytest.raises(TooFewRecordsError, match="ran on new") as refused:
        predict(known, QUERY)
    found = predict(known, QUERY, others=others(grep=1.5, wordcount=1.5, join=1.5, scan=1.5))

    assert "cores of a node" in refused.value.hint
    expected = ernest_law(24, 20 * GIGABYTE)
    assert 1.15 * expected < found.runtime_seconds < 1.5 * expected
    assert any("grep, join, scan, wordcount took 1.50 times as long" in n for n in found.notes)
    assert found.lower_seconds < 1.5 * expected < found.upper_seconds


def test_the_more_jobs_agree_the_more_they_are_believed():
    own = runs_of(on("old", 1.0, "sort"))

    few = difference("new", ("old",), own, others(a=2.0))
    more = difference("new", ("old",), own, others(a=2.0, b=2.0, c=2.0, d=2.0, e=2.0, f=2.0))
    apart = difference("new", ("old",), own, others(a=1.0, b=2.0, c=4.0))

    assert 0.1 < few.logarithm < more.logarithm < math.log(2)
    assert more.doubt < few.doubt < USUAL * 1.5 < apart.doubt
    assert apart.ratios == pytest.approx({"a": 1.0, "b": 2.0, "c": 4.0})


def test_its_own_runs_there_outweigh_those_of_other_jobs():
    known = on("old", 1.0, "sort")
    there = observation(
        4, 20 * GIGABYTE, 0.5 * ernest_law(16, 20 * GIGABYTE), machine_type="new", cores=4,
        cid="there",
    )  # fmt: skip

    found = predict([*known, there], QUERY, others=others(grep=2.0, join=2.0))

    expected = ernest_law(24, 20 * GIGABYTE)
    assert 0.45 * expected < found.runtime_seconds < 0.65 * expected
    assert "there" in found.cids


def test_nothing_known_of_a_machine_type_but_its_cores_widens_the_interval():
    known = on("old", 1.0, "sort")
    asked = Query("sort", 6, size_bytes=20 * GIGABYTE, machine_type="new", cores_per_node=4)

    sure = predict(known, Query("sort", 6, size_bytes=20 * GIGABYTE, machine_type="old"))
    unsure = predict(known, asked)

    assert unsure.runtime_seconds == pytest.approx(sure.runtime_seconds, rel=0.02)
    assert unsure.upper_seconds > 1.4 * sure.upper_seconds
    for level in (0.5, 0.8):
        _, upper, _ = unsure.odds.between(level)
        assert unsure.odds.chance(upper) == pytest.approx(0.5 + level / 2, abs=0.01)


def test_jobs_that_never_ran_the_same_on_both_say_nothing():
    own = runs_of(on("old", 1.0, "sort"))
    small = on("new", 3.0, "grep", runs=lambda law, **of: [observation(3, 1, 9.0, **of)])
    apart = {"grep": runs_of([*on("old", 1.0, "grep"), *small])}

    found = difference("new", ("old",), own, lambda _: apart)

    assert (found.logarithm, found.ratios, found.cids) == (0.0, {}, ())
    assert cores_of("new", lambda _: apart) == 4
    assert cores_of("unheard of", lambda _: apart) is None


def test_scale_outs_are_compared_by_their_cores():
    own = runs_of(on("old", 1.0, "sort"))
    ran = {"grep": runs_of([*on("old", 1.0, "grep", cores=8), *on("new", 1.2, "grep", cores=4)])}

    found = difference("new", ("old",), own, lambda _: ran)

    assert found.ratios == pytest.approx({"grep": 1.2})
    assert len(found.cids) == 3 * (3 + 3)  # 4, 8, 12 nodes of four cores; 2, 4, 6 of eight


def test_a_cluster_nobody_ran_the_job_on_may_be_recommended():
    known = on("old", 1.0, "sort")

    found = recommend(
        known,
        QUERY,
        machine_types=("old", "new"),
        others=others(grep=0.5, join=0.5, scan=0.5, words=0.5),
    )

    by_type = defaultdict(list)
    for each in found.options:
        by_type[each.cluster.machine_type].append(each)
    assert {each.cluster.cores_per_node for each in by_type["new"]} == {4}
    assert found.options[0].cluster.machine_type == "new"


def test_what_tells_most_is_a_run_on_the_type_of_which_least_is_known():
    known = Known(on("old", 1.0, "sort"))
    told = others(grep=0.5, join=1.5)
    query = replace(QUERY, machine_type=None)

    found = recommend(known, query, machine_types=("old", "new"), others=told)
    first, *_ = experiments(known, query, found, others=told)

    assert first.cluster.machine_type == "new"
