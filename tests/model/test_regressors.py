import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.model.ernest import Ernest
from ledger.model.loglinear import LogLinear

coefficient = st.floats(0, 100)
NODES, SIZES = (
    np.array(axis, dtype=float).ravel() for axis in np.meshgrid(range(1, 13), [1, 5, 20])
)
X = np.column_stack([SIZES * 1e9, NODES])


def law(features, a, b, c, d):
    size, nodes = features[:, 0] / 1e9, features[:, 1]
    return a + b * size / nodes + c * np.log(nodes) + d * nodes


@given(coefficient, coefficient, coefficient, coefficient)
def test_ernest_finds_any_law_of_its_form(a, b, c, d):
    y = law(X, a, b, c, d)
    unseen = np.array([[3e9, 5.0], [40e9, 24.0]])

    model = Ernest().fit(X, y)

    assert (model.coefficients_ >= 0).all()
    assert np.allclose(model.predict(unseen), law(unseen, a, b, c, d), rtol=1e-6, atol=1e-5)


@given(st.lists(st.floats(0.1, 1e5), min_size=len(X), max_size=len(X)))
def test_ernest_never_predicts_a_negative_runtime(runtimes):
    model = Ernest().fit(X, np.array(runtimes))

    assert (model.predict(np.array([[1e3, 1.0], [1e15, 1000.0]])) >= 0).all()


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.01, 100))
def test_log_linear_finds_a_power_law(p, q, factor):
    model = LogLinear().fit(X, factor * SIZES**p * NODES**q)

    assert model.predict(np.array([[7e9, 5.0]])) == pytest.approx(factor * 7**p * 5**q, rel=0.01)


def test_log_linear_takes_features_that_are_zero_or_constant():
    flag = (NODES > 6).astype(float)
    features = np.column_stack([X, flag, np.full(len(X), 7.0)])
    y = SIZES / NODES * np.exp(flag)

    model = LogLinear().fit(features, y)

    assert model.predict(features) == pytest.approx(y, rel=0.02)


@pytest.mark.parametrize("make", [Ernest, LogLinear])
def test_a_weight_of_two_is_the_same_as_two_runs(make):
    y = law(X, 1, 20, 3, 1) * np.linspace(0.9, 1.1, len(X))
    weight = np.where(NODES > 6, 2.0, 1.0)
    twice = np.concatenate([np.arange(len(X)), np.flatnonzero(NODES > 6)])

    weighted = make().fit(X, y, weight).predict(X)
    repeated = make().fit(X[twice], y[twice]).predict(X)

    assert weighted == pytest.approx(repeated, rel=0.01)
