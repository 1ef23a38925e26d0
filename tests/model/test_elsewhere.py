"""Runs on other machine types help where there are few on the one asked for, and never mislead."""

from dataclasses import replace

import numpy as np
import pytest

from ledger.model.blend import Blend
from ledger.model.elsewhere import Elsewhere
from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.observation import Query
from ledger.model.predict import predict

from .runs import GIGABYTE
from .runs import grid
from .runs import observation

QUERY = Query("sort", nodes=10, size_bytes=20 * GIGABYTE, machine_type="m5.xlarge")


def law(nodes, size):
    """A law that no formula has."""
    gigabytes = size / GIGABYTE
    return 20 + 4 * gigabytes**1.5 / nodes**1.6 + 0.5 * gigabytes * np.sin(nodes / 2) ** 2


def slower(nodes, size):
    return 1.6 * law(nodes, size)


def unlike(nodes, size):
    return 5 + 300 / (1 + nodes) + (size / GIGABYTE) ** 0.3 * nodes


def some(runs, count=7, seed=2):
    chosen = np.random.default_rng(seed).permutation(len(runs))[:count]
    return [replace(runs[place], cid=f"here-{place}") for place in chosen]


def error(elsewhere, seed):
    """Over the whole grid, of a model that saw seven of its configurations."""
    every = np.array([(s, n) for n in (2, 4, 6, 8, 12) for s in (10, 20, 40)], dtype=float)
    seen = np.random.default_rng(seed).permutation(len(every))[:7]
    truth = np.array([law(n, s * GIGABYTE) for s, n in every])
    model = Blend(few=0, elsewhere=elsewhere(every)).fit(every[seen], truth[seen])
    return np.mean(np.abs(model.predict(every) / truth - 1))


def runs_of(of):
    def elsewhere(every):
        y = np.array([of(n, s * GIGABYTE) for s, n in every])
        place = np.zeros(len(y), dtype=int)
        names = np.array([str(number) for number in range(len(y))], dtype=object)
        return Elsewhere(names, ("c5.xlarge",), place, every, y, np.ones(len(y)))

    return elsewhere


def test_a_machine_that_scales_alike_fills_the_gaps():
    alone, helped = (
        np.mean([error(each, seed) for seed in range(5)])
        for each in (lambda _: None, runs_of(slower))
    )

    assert helped < 0.5 * alone


def test_a_machine_that_is_unlike_does_little_harm():
    alone, misled = (
        np.mean([error(each, seed) for seed in range(5)])
        for each in (lambda _: None, runs_of(unlike))
    )

    assert misled < 1.5 * alone


def test_a_prediction_names_the_records_elsewhere_that_it_rests_on():
    here, there = some(grid(law)), grid(slower, machine_type="c5.xlarge")

    found = predict([*here, *there], QUERY)

    assert found.model == "blend"
    assert set(found.cids) == {each.cid for each in [*here, *there]}
    assert found.configurations == 7
    assert "learned from runs on c5.xlarge too" in found.notes


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {"codec": "gzip"}},
        {"framework": "flink"},
        {"job": "grep"},
        {"weight": 0},
    ],
)
def test_runs_elsewhere_have_to_be_alike_in_all_but_the_machine(changes):
    query = replace(QUERY, framework="spark", parameters={"codec": "lz4"})
    here = some(grid(law, parameters={"codec": "lz4"}))
    there = grid(slower, machine_type="c5.xlarge", **{"parameters": {"codec": "lz4"}} | changes)

    assert Known([*here, *there]).basis(query).elsewhere is None


def test_what_changes_elsewhere_is_another_set_of_records():
    here, there = some(grid(law)), grid(slower, machine_type="c5.xlarge")
    kept = Kept()
    predict([*here, *there], QUERY, kept=kept)
    blends = {key for key in kept.models() if key.startswith("blend")}

    predict([*here, *there[1:]], QUERY, kept=kept)

    assert len({key for key in kept.models() if key.startswith("blend")}) == 2 * len(blends)


def test_where_enough_is_known_here_nothing_else_is_looked_at():
    here = [
        observation(nodes, size * GIGABYTE, float(law(nodes, size * GIGABYTE)))
        for nodes in range(2, 12)
        for size in range(10, 19)
    ]

    assert Known([*here, *grid(slower, machine_type="c5.xlarge")]).basis(QUERY).elsewhere is None
