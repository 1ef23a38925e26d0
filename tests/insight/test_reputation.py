"""Reputation is a share of what was decided, and says how sure it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ledger.insight.reputation import reputation


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wilsons(counts: tuple[int, int]) -> None:
    agreed, decided = counts
    expected = stats.binomtest(agreed, decided).proportion_ci(0.95, method="wilson")

    found = reputation(agreed, decided)

    assert found.share == agreed / decided
    assert (found.low, found.high) == (
        pytest.approx(expected.low, abs=1e-9),
        pytest.approx(expected.high, abs=1e-9),
    )


def test_nothing_decided_is_no_reputation() -> None:
    assert reputation(0, 0).share is None
