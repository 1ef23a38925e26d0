"""Which cluster to choose: by a deadline, by a budget, at which confidence, and why not."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.model.advice.clusters import TooManyClustersError
from ledger.model.advice.conditions import Conditions
from ledger.model.advice.conditions import InvalidConditionError
from ledger.model.advice.pricing import Unit
from ledger.model.advice.recommend import NoOptionError
from ledger.model.advice.recommend import recommend
from ledger.model.learned import Kept
from ledger.model.observation import Query

from .runs import GIGABYTE
from .runs import ernest_law
from .runs import grid
from .runs import observation

QUERY = Query("sort", nodes=1, size_bytes=30 * GIGABYTE)
PRICES = {"m5.xlarge": 0.20, "c5.large": 0.10}
KEPT = Kept()


def slower(nodes, size):
    return 1.5 * ernest_law(nodes, size)


def both(noise=0.02):
    """Two machine types of which one is half as fast again and half as dear."""
    fast = grid(noise=noise, repeats=3, cores=4)
    slow = grid(slower, noise=noise, repeats=3, seed=1, machine_type="c5.large", cores=2)
    named = [replace(each, cid=f"slow-{each.cid}") for each in slow]
    return [*fast, *named]


RUNS = both()


def ask(conditions=None, runs=RUNS, **given: Any):
    return recommend(runs, QUERY, conditions, kept=KEPT, **{"prices": PRICES, **given})


def test_every_machine_type_at_every_scale_out_between_its_runs_is_an_option():
    found = ask()

    asked = {(each.cluster.machine_type, each.cluster.nodes) for each in found.options}
    assert asked == {(name, nodes) for name in PRICES for nodes in range(2, 13)}


def test_without_conditions_the_cheapest_option_is_chosen_and_the_fastest_named():
    found = ask()

    assert found.choice is found.cheapest is found.options[0]
    assert found.choice.cost == min(each.cost for each in found.options)
    fastest = min(found.options, key=lambda each: each.prediction.runtime_seconds)
    assert found.fastest is fastest


def test_a_cost_is_nodes_times_hours_times_the_price():
    option = ask().options[0]
    cluster = option.cluster

    hours = option.prediction.runtime_seconds / 3600
    assert option.cost == pytest.approx(cluster.nodes * hours * PRICES[cluster.machine_type])


@settings(max_examples=30, deadline=None)
@given(st.floats(30, 400), st.floats(0.5, 0.97))
def test_the_cheapest_that_meets_the_deadline_with_the_confidence_is_chosen(deadline, confidence):
    found = ask(Conditions(deadline_seconds=deadline, confidence=confidence))
    meeting = [
        each
        for each in found.options
        if each.sure_seconds is not None and each.sure_seconds <= deadline
    ]

    assert [each for each in found.options if each.keeps] == meeting
    assert found.choice == min(meeting, key=lambda each: each.cost, default=None)
    if found.choice:
        assert found.choice.chance >= confidence - 1e-9


@settings(max_examples=15, deadline=None)
@given(st.floats(0.005, 0.2))
def test_the_fastest_under_a_budget_is_chosen(budget):
    found = ask(Conditions(budget=budget))
    affordable = [each for each in found.options if each.keeps]

    assert all(each.sure_cost <= budget * (1 + 1e-9) for each in affordable)
    fastest = min(affordable, key=lambda each: each.prediction.runtime_seconds, default=None)
    assert found.choice == fastest


def test_with_both_the_cheapest_that_keeps_them_is_chosen():
    loose = ask(Conditions(deadline_seconds=300, budget=10))
    tight = ask(Conditions(deadline_seconds=300, budget=0.001))

    assert loose.choice == loose.cheapest
    assert tight.choice is None


def test_a_deadline_that_nothing_meets_names_what_comes_nearest():
    found = ask(Conditions(deadline_seconds=1))

    assert found.choice is None
    assert found.likeliest.chance == max(each.chance for each in found.options)


def test_in_no_time_nothing_ends():
    found = ask(Conditions(deadline_seconds=0))

    assert found.choice is None
    assert all(each.chance == 0 for each in found.options)


def test_the_front_is_what_nothing_beats():
    found = ask()

    for each in found.options:
        beaten = any(
            other.cost <= each.cost
            and other.prediction.runtime_seconds <= each.prediction.runtime_seconds
            and other is not each
            for other in found.options
        )
        assert each.on_front is not beaten


def test_more_confidence_asks_for_more_time():
    sure = ask(Conditions(deadline_seconds=200, confidence=0.95)).options[0]
    half = ask(Conditions(deadline_seconds=200, confidence=0.5)).options[0]

    assert sure.sure_seconds > half.sure_seconds


def test_without_prices_costs_are_core_hours():
    found = ask(prices={})
    option = found.options[0]

    assert found.unit is Unit.CORE_HOURS
    cores = option.cluster.nodes * option.cluster.cores_per_node
    assert option.cost == pytest.approx(cores * option.prediction.runtime_seconds / 3600)


def test_where_cores_are_not_known_costs_are_node_hours():
    assert ask(runs=grid(), prices={}).unit is Unit.NODE_HOURS


def test_a_machine_type_without_a_price_is_shown_and_not_chosen():
    found = ask(prices={"c5.large": 0.1})

    assert found.options[-1].cost is None
    assert found.choice.cluster.machine_type == "c5.large"
    assert not any(each.on_front for each in found.options if each.cost is None)
    assert any("m5.xlarge" in note and "price" in note for note in found.notes)


def test_a_machine_type_of_which_too_little_is_known_is_left_out_and_named():
    lonely = observation(machine_type="x1.huge", cid="lonely")

    found = ask(runs=[*RUNS, lonely])

    assert all(each.cluster.machine_type != "x1.huge" for each in found.options)
    assert any(note.startswith("x1.huge is left out") for note in found.notes)


def test_scale_outs_and_machine_types_can_be_named():
    found = ask(nodes=(3, 20), machine_types=("m5.xlarge",))

    assert {each.cluster.nodes for each in found.options} == {3, 20}
    assert {each.cluster.machine_type for each in found.options} == {"m5.xlarge"}
    beyond = next(each for each in found.options if each.cluster.nodes == 20)
    assert any("extrapolated" in note for note in beyond.prediction.notes)


def test_more_clusters_than_can_be_compared_are_refused():
    with pytest.raises(TooManyClustersError, match="too many"):
        ask(machine_types=[f"m{number}" for number in range(100)])
    with pytest.raises(TooManyClustersError, match="too many"):
        ask(nodes=range(1, 1_000))


def test_few_configurations_claim_no_high_confidence_and_say_so():
    few = [
        observation(nodes, 10 * GIGABYTE, 100 / nodes, cid=str(nodes), cores=4)
        for nodes in (2, 4, 8)
    ]

    found = ask(Conditions(deadline_seconds=1e6, confidence=0.95), runs=few)

    assert found.choice is None
    assert any("no confidence above" in note for note in found.notes)


def test_a_job_that_nobody_ran_is_refused_with_what_to_do():
    with pytest.raises(NoOptionError, match="nobody") as refused:
        recommend(RUNS, Query("nobody", 1))

    assert "Contribute" in refused.value.hint


@pytest.mark.parametrize(
    "given",
    [
        {"confidence": 1.0},
        {"confidence": 0.4},
        {"confidence": math.nan},
        {"deadline_seconds": -1.0},
        {"deadline_seconds": math.inf},
        {"budget": -1.0},
        {"budget": math.nan},
    ],
)
def test_conditions_out_of_range_are_refused(given):
    with pytest.raises(InvalidConditionError):
        Conditions(**given)
