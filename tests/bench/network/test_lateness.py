"""Quantiles out of a histogram."""

from hypothesis import given
from hypothesis import strategies as st

from bench.network.lateness import BUCKET_SECONDS
from bench.network.lateness import Lateness
from bench.network.lateness import summarise


@given(st.lists(st.floats(0, 0.09), min_size=1, max_size=200))
def test_quantiles_are_within_a_bucket_above_the_exact_ones(late: list[float]):
    counted = Lateness()
    for each in late:
        counted.add(each)

    summary = summarise(counted.counts())

    exact = sorted(late)[(len(late) - 1) // 2] * 1_000
    bucket = BUCKET_SECONDS * 1_000
    assert summary.packets == len(late)
    assert exact - 1e-3 <= summary.median_ms <= exact + bucket + 1e-3
    assert summary.median_ms <= summary.p99_ms <= summary.p999_ms


def test_nothing_counted_is_no_lateness():
    assert summarise(Lateness().counts()).p99_ms == 0
