"""Availability, against what can be computed by hand."""

import math

import pytest

from bench.simulation.availability import DAY
from bench.simulation.availability import HOUR
from bench.simulation.availability import Availability
from bench.simulation.availability import Churn

THIRD_AWAY = Churn(up_seconds=2 * HOUR, down_seconds=1 * HOUR)


@pytest.mark.parametrize("copies", [1, 2, 3])
def test_without_repair_a_batch_is_away_when_all_its_holders_are(copies: int):
    """Independent peers: the share of time is the product of their absences."""
    found = Availability(THIRD_AWAY, copies, batches=400, seed=5).run(20 * DAY)

    expected = (1 / 3) ** copies
    assert THIRD_AWAY.uptime == pytest.approx(2 / 3)
    assert found.unavailable == pytest.approx(expected, rel=0.1)
    assert (found.lost, found.repairs, found.left) == (0, 0, copies)


@pytest.mark.parametrize("copies", [1, 3])
def test_without_repair_batches_are_lost_as_their_holders_leave(copies: int):
    """Lives are exponential: a batch is lost when the longest of its holders' is over."""
    mortal = Churn(HOUR, HOUR, life_seconds=5 * DAY)
    batches = 4_000

    found = Availability(mortal, copies, batches, seed=2).run(5 * DAY)

    expected = (1 - math.exp(-1)) ** copies
    assert abs(found.lost - expected) <= 4 * math.sqrt(expected * (1 - expected) / batches)


def test_repair_keeps_what_would_be_lost():
    mortal = Churn(2 * HOUR, HOUR, life_seconds=3 * DAY)

    alone = Availability(mortal, 3, 200, seed=1).run(15 * DAY)
    repaired = Availability(mortal, 3, 200, seed=1, repair_seconds=600.0).run(15 * DAY)

    assert alone.lost > 0.5
    assert repaired.lost < 0.05
    assert repaired.unavailable < alone.unavailable / 10
    assert repaired.repairs > 0


def test_more_copies_are_never_worse():
    found = [
        Availability(THIRD_AWAY, copies, 200, seed=4).run(10 * DAY).unavailable
        for copies in (1, 2, 3, 5)
    ]

    assert found == sorted(found, reverse=True)


def test_a_seed_decides_everything():
    runs = [
        Availability(THIRD_AWAY, 2, 50, seed=9, repair_seconds=600.0).run(DAY) for _ in range(2)
    ]

    assert runs[0] == runs[1]
