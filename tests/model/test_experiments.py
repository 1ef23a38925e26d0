"""What to run next: what tells most about the clusters in question."""

from dataclasses import replace

import numpy as np
import pytest

from ledger.model.advice.experiments import experiments
from ledger.model.advice.recommend import recommend
from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.observation import Query

from .runs import GIGABYTE
from .runs import ernest_law
from .runs import grid
from .runs import observation

QUERY = Query("sort", nodes=1, size_bytes=30 * GIGABYTE)
KEPT = Kept()


def worth_running(runs, query=QUERY):
    known = Known(runs)
    found = recommend(known, query, kept=KEPT, prices={"m5.xlarge": 0.2})
    return found, experiments(known, query, found, kept=KEPT, count=4)


def doubt(runs):
    found = recommend(runs, QUERY, kept=KEPT)
    return np.mean(
        [
            np.log(each.prediction.odds.between(0.5)[1] / each.prediction.runtime_seconds)
            for each in found.options
        ]
    )


def test_each_run_tells_less_beside_those_before_it():
    _, named = worth_running(grid(noise=0.05, repeats=2))

    bits = [each.bits for each in named]
    assert len(named) == 4
    assert bits == sorted(bits, reverse=True)
    assert all(each > 0 for each in bits)
    assert len({(each.cluster, each.size_bytes) for each in named}) == 4


def test_an_unknown_scale_out_tells_more_than_one_that_ran_often():
    often = [
        observation(
            nodes,
            30 * GIGABYTE,
            float(ernest_law(nodes, 30 * GIGABYTE) * (1 + step / 100)),
            cid=f"{nodes}-{step}",
        )
        for nodes in (2, 3, 4)
        for step in range(-5, 6)
    ]
    few = [
        observation(12, size * GIGABYTE, float(ernest_law(12, size * GIGABYTE)), cid=f"12-{size}")
        for size in (20, 40)
    ]

    _, named = worth_running([*often, *few])

    assert named[0].cluster.nodes not in {2, 3, 4}


def test_costs_and_runtimes_are_those_of_the_recommendation():
    found, named = worth_running(grid(noise=0.05))
    options = {each.cluster: each for each in found.options}

    for each in named:
        if each.size_bytes == QUERY.size_bytes:
            option = options[each.cluster]
            assert each.seconds == pytest.approx(option.prediction.runtime_seconds)
            assert each.cost == pytest.approx(option.cost)


def test_a_part_of_the_input_is_named_only_where_its_size_says_all():
    described = replace(QUERY, characteristics={"lines": 5})
    runs = grid(noise=0.05, characteristics={"lines": 5})

    _, named = worth_running(runs, described)

    assert {each.size_bytes for each in named} == {QUERY.size_bytes}


def test_running_what_was_named_leaves_less_doubt_than_running_again_what_ran():
    runs = grid(noise=0.05, seed=3)
    _, (best, *_) = worth_running(runs)

    def with_run(nodes, size):
        seconds = float(ernest_law(nodes, size))
        return [*runs, observation(nodes, size, seconds, cid="new")]

    assert doubt(with_run(best.cluster.nodes, best.size_bytes)) < doubt(with_run(2, 10 * GIGABYTE))
