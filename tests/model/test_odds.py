"""How sure a runtime is: intervals, deadlines, and what few runs can claim."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.model.margin import Margin
from ledger.model.odds import Odds

SCORES = st.lists(st.floats(0.001, 1.0), min_size=1, max_size=40)
CONFIDENCES = st.floats(0.5, 0.999)


def odds(scores, runtime=100.0, doubt=1.0):
    strayed = np.array(scores, dtype=np.float64)
    return Odds(runtime, doubt, Margin(strayed, np.ones_like(strayed), len(strayed)))


@given(SCORES, CONFIDENCES)
def test_a_run_ends_by_a_time_with_at_least_the_confidence_that_was_asked(scores, confidence):
    sure = odds(scores)
    seconds = sure.by(confidence)

    if seconds is None:
        assert confidence > sure.highest
    else:
        assert sure.chance(seconds) >= confidence - 1e-9


@given(SCORES, st.floats(1.0, 1e4), st.floats(1.0, 1e4))
def test_a_later_deadline_is_never_less_likely(scores, one, other):
    sure = odds(scores)

    assert sure.chance(min(one, other)) <= sure.chance(max(one, other))


@given(SCORES, st.floats(0.0, 0.99))
def test_an_interval_holds_what_its_ends_say(scores, level):
    sure = odds(scores)
    lower, upper, reached = sure.between(level)

    assert lower <= sure.runtime_seconds <= upper
    assert sure.chance(upper) - 0.5 >= reached / 2 - 1e-9


def test_the_runtime_itself_is_met_in_half_of_the_cases():
    assert odds([0.1, 0.2, 0.3]).by(0.5) == pytest.approx(100 * np.exp(0.1))
    assert odds([0.1, 0.2, 0.3]).chance(100) == 0.5


def test_few_configurations_claim_no_high_confidence():
    few = odds([0.1, 0.2, 0.3])

    assert few.highest == pytest.approx(0.875)
    assert few.by(0.9) is None
    assert few.by(0.87) == pytest.approx(100 * np.exp(0.3))
    assert few.chance(1e9) == pytest.approx(0.875)


def test_nothing_ends_in_no_time():
    assert odds([0.1]).chance(0) == 0.0


def test_doubt_widens():
    assert odds([1.0, 2.0], doubt=0.2).by(0.7) < odds([1.0, 2.0], doubt=0.4).by(0.7)
