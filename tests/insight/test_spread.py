"""Spreads and ratios, against what their definitions say."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ledger.insight.comparison import Method
from ledger.insight.comparison import matched
from ledger.insight.comparison import overall
from ledger.insight.spread import Logs
from ledger.insight.spread import Spread
from ledger.insight.spread import quantile
from ledger.insight.tallies import Tallies

RUNTIMES = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=30).map(sorted)


@given(RUNTIMES)
def test_a_spread_has_the_quantiles_and_moments_of_its_runs(runtimes: list[float]) -> None:
    found = Spread.of(runtimes)

    assert (found.count, found.least, found.most) == (len(runtimes), runtimes[0], runtimes[-1])
    assert found.median == pytest.approx(statistics.median(runtimes))
    assert found.mean == pytest.approx(statistics.fmean(runtimes))
    if len(runtimes) == 1:
        assert found.variation is None
    else:
        expected = statistics.stdev(runtimes) / statistics.fmean(runtimes)
        assert found.variation == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.floats(0, 1.7e308), min_size=1, max_size=9).map(sorted))
def test_no_runtime_of_a_stranger_overflows(runtimes: list[float]) -> None:
    found, logs = Spread.of(runtimes), Logs.of(runtimes)

    assert all(math.isfinite(value) for value in (found.mean, found.median, logs.variance))
    assert found.least <= found.lower <= found.median <= found.upper <= found.most


@given(RUNTIMES)
def test_quartiles_are_those_of_the_inclusive_method(runtimes: list[float]) -> None:
    if len(runtimes) > 1:
        expected = statistics.quantiles(runtimes, n=4, method="inclusive")

        assert [quantile(runtimes, part) for part in (0.25, 0.5, 0.75)] == pytest.approx(expected)


@given(RUNTIMES, st.floats(0.01, 100))
def test_runs_that_all_take_some_times_as_long_have_that_ratio(
    runtimes: list[float], factor: float
) -> None:
    found = overall(Logs.of(runtimes), Logs.of([factor * each for each in runtimes]))

    assert found.ratio == pytest.approx(factor)


@given(RUNTIMES, RUNTIMES)
def test_turning_a_comparison_round_gives_the_inverse(one: list[float], two: list[float]) -> None:
    there, back = overall(Logs.of(one), Logs.of(two)), overall(Logs.of(two), Logs.of(one))

    assert there.ratio is not None
    assert back.ratio == pytest.approx(1 / there.ratio)
    if there.low is not None and back.high is not None:
        assert back.high == pytest.approx(1 / there.low)


def test_the_interval_is_welchs() -> None:
    """As scipy's: `ttest_ind([ln 10, ln 11, ln 12], [ln 20, ln 24], equal_var=False)`."""
    one, two = [10.0, 11.0, 12.0], [20.0, 24.0]
    logs = [[math.log(value) for value in values] for values in (two, one)]
    expected = stats.ttest_ind(*logs, equal_var=False).confidence_interval(0.95)

    found = overall(Logs.of(one), Logs.of(two))

    assert (found.low, found.high) == pytest.approx(tuple(math.exp(each) for each in expected))


def test_a_single_run_on_each_side_has_a_ratio_and_no_interval() -> None:
    found = overall(Logs.of([10.0]), Logs.of([15.0]))

    assert (found.ratio, found.low, found.high) == (pytest.approx(1.5), None, None)
    assert not found.is_clear


def tallies(**runtimes: list[float]) -> Tallies:
    """Runtimes by what was run."""
    members = [place for place, runs in enumerate(runtimes.values()) for _ in runs]
    together = [each for runs in runtimes.values() for each in runs]
    labels = np.array([hash(name) % 2**64 for name in runtimes], np.uint64)
    found = Tallies.of(np.array(members, np.int64), np.array(together), len(runtimes))
    return found.under(labels)


def test_like_is_compared_with_like() -> None:
    """The second group ran the long job more often; on each job it is twice as fast."""
    slow = tallies(short=[10.0] * 9, long=[1000.0])
    fast = tallies(long=[500.0] * 9, short=[5.0])

    found = matched(slow, fast)

    assert found is not None
    assert found.ratio == pytest.approx(0.5)
    assert (found.method, found.configurations) == (Method.MATCHED, 2)
    assert (found.baseline_runs, found.runs) == (10, 10)


def test_the_interval_over_configurations_is_students() -> None:
    one = {"a": [10.0, 11.0], "b": [50.0], "c": [7.0]}
    two = {"a": [20.0], "b": [60.0, 65.0], "c": [9.0], "d": [1.0]}
    ratios = [
        statistics.fmean(map(math.log, two[name])) - statistics.fmean(map(math.log, one[name]))
        for name in one
    ]
    expected = stats.ttest_1samp(ratios, 0).confidence_interval(0.95)

    found = matched(tallies(**one), tallies(**two))

    assert found is not None
    assert found.ratio == pytest.approx(math.exp(statistics.fmean(ratios)))
    assert (found.low, found.high) == pytest.approx(tuple(math.exp(each) for each in expected))


def test_groups_without_a_configuration_in_common_are_not_matched() -> None:
    assert matched(tallies(a=[1.0]), tallies(b=[1.0])) is None
    assert matched(tallies(), tallies(b=[1.0])) is None


def test_runs_of_no_time_are_no_configuration_in_common() -> None:
    assert matched(tallies(a=[0.0]), tallies(a=[1.0])) is None


def test_one_configuration_in_common_is_compared_by_its_repeats() -> None:
    one, two = [10.0, 11.0], [20.0, 22.0]

    found = matched(tallies(a=one, b=[1.0]), tallies(a=two))

    assert found is not None
    assert (found.method, found.configurations, found.runs) == (Method.REPEATS, 1, 2)
    expected = overall(Logs.of(one), Logs.of(two))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_runs_of_no_time_have_no_ratio() -> None:
    found = overall(Logs.of([0.0, 0.0]), Logs.of([1.0]))

    assert (found.ratio, found.method) == (None, Method.NONE)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.just(0.0) | st.floats(1e-3, 1e6))))
def test_what_gets_one_label_is_what_its_runs_are_together(runs: list[tuple[str, float]]) -> None:
    """First each run by itself, then all that share a letter."""
    alone = Tallies.of(
        np.arange(len(runs)), np.array([seconds for _, seconds in runs], np.float64), len(runs)
    )

    found = alone.under(np.array([ord(letter) for letter, _ in runs], np.uint64))

    letters = sorted({letter for letter, _ in runs})
    assert [chr(label) for label in found.labels.tolist()] == letters
    for place, letter in enumerate(letters):
        expected = Logs.of([seconds for each, seconds in runs if each == letter])
        assert found.logs(place).count == expected.count
        assert found.logs(place).mean == pytest.approx(expected.mean)
        assert found.logs(place).squares == pytest.approx(expected.squares, abs=1e-9)
