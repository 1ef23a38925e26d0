"""Quantiles and trends."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.swarm.figures import Distribution
from bench.swarm.figures import Trend


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=100))
def test_quantiles_are_in_order_and_within_the_values(values: list[float]):
    found = Distribution.of(values)

    assert min(values) == found.least <= found.median <= found.p95 <= found.most == max(values)
    assert found.count == len(values)


def test_no_values_have_no_distribution():
    with pytest.raises(ValueError, match="no values"):
        Distribution.of([])


@pytest.mark.parametrize(("slope", "grows"), [(0.0, False), (0.05, True), (-0.05, False)])
def test_a_trend_is_found_in_noise(slope: float, grows: bool):
    draw = random.Random(1)
    x = list(range(50))
    y = [5 + slope * each + draw.gauss(0, 0.1) for each in x]

    trend = Trend.through(x, y)

    assert trend.low <= slope <= trend.high
    assert trend.grows is grows
    assert trend.intercept == pytest.approx(5, abs=0.2)


@pytest.mark.parametrize(("slope", "grows"), [(0.0, False), (0.05, True)])
def test_levels_of_groups_are_no_trend(slope: float, grows: bool):
    """Six regions in turn: the far ones are slower, and also later in each round."""
    draw = random.Random(2)
    x = [float(each) for each in range(60)]
    regions = [f"region-{each % 6}" for each in range(60)]
    y = [2.0 * (each % 6) + slope * each + draw.gauss(0, 0.1) for each in range(60)]

    trend = Trend.within(regions, x, y)

    assert trend.low <= slope <= trend.high
    assert trend.grows is grows


def test_one_point_per_group_is_no_trend():
    with pytest.raises(ValueError, match="more points than groups"):
        Trend.within(["a", "b", "c"], [1, 2, 3], [1, 2, 3])


@pytest.mark.parametrize(("x", "y"), [([1, 2], [1, 2]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [1])])
def test_too_little_is_no_trend(x: list[float], y: list[float]):
    with pytest.raises(ValueError, match="three points"):
        Trend.through(x, y)
