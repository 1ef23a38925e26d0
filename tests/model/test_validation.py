import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.model.validation import cross_validated
from ledger.model.validation import mape
from ledger.model.validation import relative_margin


class Recall:
    """Knows the runs it has seen, and answers -1 for any other."""

    def fit(self, X, y, sample_weight=None):  # noqa: N803
        self.seen = {tuple(row) for row in X.tolist()}
        return self

    def predict(self, X):  # noqa: N803
        return np.array([5.0 if tuple(row) in self.seen else -1.0 for row in X.tolist()])


@given(st.lists(st.integers(0, 30), min_size=4, max_size=60).filter(lambda g: len(set(g)) > 1))
def test_no_model_sees_a_repeat_of_the_configuration_it_is_asked_about(groups):
    features = np.array([[float(group), 1.0] for group in groups])
    ones = np.ones(len(groups))

    predicted = cross_validated(Recall, features, ones, ones, groups)

    assert (predicted < 1).all()


def test_mape_is_the_weighted_mean_of_relative_errors():
    actual, predicted = np.array([100.0, 50.0]), np.array([110.0, 50.0])

    assert mape(actual, predicted, np.array([1.0, 1.0])) == pytest.approx(0.05)
    assert mape(actual, predicted, np.array([3.0, 1.0])) == pytest.approx(0.075)


def test_the_margin_holds_the_share_of_runs_it_claims():
    actual = np.exp(np.linspace(-0.1, 0.1, 99))

    reach, level = relative_margin(actual, np.ones(99), range(99)).reach(0.9)
    factor = np.exp(reach)

    assert level == 0.9
    assert np.mean((actual <= factor) & (actual >= 1 / factor)) == pytest.approx(0.9, abs=0.02)


def test_few_configurations_cannot_claim_a_high_level():
    assert relative_margin(np.ones(3), np.ones(3), range(3)).reach(0.9) == (0.0, 0.75)


def test_repeats_of_a_configuration_do_not_make_it_count_more():
    actual = np.array([1.0, 1.0, 1.0, 1.0, 2.0, 2.5])

    reach, level = relative_margin(actual, np.ones(6), [0, 0, 0, 0, 1, 1]).reach(0.9)

    assert np.exp(reach) == pytest.approx(2.5)
    assert level == pytest.approx(2 / 3)
