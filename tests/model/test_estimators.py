"""Every model is an estimator by scikit-learn's own checks, and says what its source says."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from ledger.model.bell import Bell
from ledger.model.boosting import Boosting
from ledger.model.ernest import Ernest
from ledger.model.loglinear import LogLinear
from ledger.model.optimistic import BasicOptimistic
from ledger.model.optimistic import OptimisticBoosting
from ledger.model.selection import C3O

SCALES = (2.0, 4.0, 6.0, 8.0, 10.0, 12.0)
INPUTS = ((10.0, 1.0), (20.0, 1.0), (10.0, 3.0), (20.0, 3.0))


def grid(law):
    rows = np.array([(size, scale, k) for size, k in INPUTS for scale in SCALES])
    return rows, np.array([law(*row) for row in rows])


@parametrize_with_checks([Ernest(), Bell(), LogLinear(), BasicOptimistic()])
def test_scikit_learn_accepts_it(estimator, check):
    check(estimator)


@pytest.mark.parametrize("model", [Boosting(n_estimators=20), OptimisticBoosting(), C3O(folds=2)])
def test_it_clones_with_its_parameters_and_learns_the_same(model):
    X, y = grid(lambda size, n, k: size * k / n + n)  # noqa: N806

    first, second = clone(model).fit(X, y), clone(model).fit(X, y)

    assert clone(model).get_params() == model.get_params()
    assert first.predict(X).tolist() == second.predict(X).tolist()


def test_bell_follows_the_runs_where_no_formula_does():
    def law(_size, n, _k):
        return 100.0 if n in {6.0, 8.0} else 40.0

    X, y = grid(law)  # noqa: N806
    bell, ernest = Bell().fit(X, y), Ernest().fit(X, y)
    inside, beyond = np.array([[10.0, 7.0, 1.0]]), np.array([[10.0, 40.0, 1.0]])

    assert bell.bandwidth_ is not None
    assert bell.predict(inside)[0] == pytest.approx(100, rel=0.2)
    assert bell.predict(beyond)[0] == pytest.approx(ernest.predict(beyond)[0])


def test_bell_takes_the_formula_where_it_holds():
    X, y = grid(lambda size, n, _k: 5 + 40 * size / n + 2 * np.log(n))  # noqa: N806

    assert Bell().fit(X, y).predict(X) == pytest.approx(y, rel=1e-6)


def test_the_optimistic_model_needs_scale_and_inputs_to_act_apart():
    X, y = grid(lambda size, n, k: (3 * size + 20 * k) * (0.2 + 1.6 / n))  # noqa: N806
    unseen = ~((X[:, 0] == 10) & (X[:, 1] > 4))

    model = BasicOptimistic().fit(X[unseen], y[unseen])

    assert model.predict(X) == pytest.approx(y, rel=0.1)


def test_the_optimistic_model_is_flat_beyond_the_largest_scale_out():
    X, y = grid(lambda size, n, k: size * k / n)  # noqa: N806
    model = BasicOptimistic().fit(X, y)

    far = model.predict(np.array([[10.0, 12.0, 1.0], [10.0, 500.0, 1.0]]))

    assert far[0] == far[1]


def test_c3o_chooses_the_model_that_is_best_on_what_was_left_out():
    X, y = grid(lambda size, n, _k: 5 + 40 * size / n + n)  # noqa: N806

    assert C3O(folds=3).fit(X, y).chosen_ == "Ernest"
