"""Costs follow from prices; the front is what nothing dominates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.insight.cost import InvalidPriceError
from ledger.insight.cost import pareto
from ledger.insight.cost import price_of
from ledger.insight.cost import priced
from tests.insight.runs import ran

POINTS = st.lists(st.tuples(st.integers(0, 6).map(float), st.integers(0, 6).map(float)))


def dominates(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]


@given(POINTS)
def test_the_front_is_what_no_other_dominates(points: list[tuple[float, float]]) -> None:
    expected = [not any(dominates(other, each) for other in points) for each in points]

    assert pareto(points) == expected


def test_a_run_costs_its_node_hours() -> None:
    (found,) = priced([ran(1_800, nodes=4, machine="m4")], {"m4": 0.5})

    assert found.cost_usd == pytest.approx(4 * 0.5 * 0.5)
    assert found.on_front


def test_what_has_no_price_is_left_out_and_the_cheapest_comes_first() -> None:
    rows = [ran(100, nodes=8), ran(300, nodes=2), ran(1, machine="c4"), ran(400, nodes=4)]

    found = priced(rows, {"m4": 1.0})

    assert [each.repeats.configuration.nodes for each in found] == [2, 8, 4]
    assert [each.on_front for each in found] == [True, True, False]


@pytest.mark.parametrize("text", ["", "free", "-1", "nan", "inf", "1e9", "1 2"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(InvalidPriceError):
        price_of(text)


@pytest.mark.parametrize(("text", "price"), [("0.4", 0.4), (" 0,40 ", 0.4), ("0", 0.0)])
def test_prices_are_read_as_people_write_them(text: str, price: float) -> None:
    assert price_of(text) == price
