"""perfledger's own model: what it learns, how sure it is, and what it says where runs end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from ledger.model.blend import Blend
from ledger.model.gaussian import GaussianProcess
from ledger.model.gaussian import Targets
from ledger.model.mixture import MOST_CONFIGURATIONS
from ledger.model.surface import Surface
from ledger.model.wide import Wide

SCALES = (2.0, 4.0, 6.0, 8.0, 10.0, 12.0)
SIZES = (10.0, 14.0, 20.0, 28.0, 40.0)


def rows(sizes=SIZES, scales=SCALES):
    return np.array([(size, scale) for size in sizes for scale in scales])


def law(features):
    size, scale = features.T
    return 20 + 30 * size / scale + 0.4 * size + 2 * scale


def noisy(features, noise=0.03, seed=0):
    draw = np.random.default_rng(seed)
    return law(features) * np.exp(noise * draw.standard_normal(len(features)))


def ends(model, features):
    """Lower and upper ends of 90 % intervals, and the level that they have."""
    lower, upper, level = zip(*(odds.between(0.9) for odds in model.odds(features)), strict=True)
    return np.array(lower), np.array(upper), level[0]


def differs(estimator):
    if not isinstance(estimator, Surface):
        return {}
    reason = "repeats are one row before a surface learns them"
    return {"check_sample_weight_equivalence_on_dense_data": reason}


@parametrize_with_checks([Surface(iterations=2), Wide()], expected_failed_checks=differs)
def test_scikit_learn_accepts_it(estimator, check):
    check(estimator)


def test_a_smooth_law_is_learned_far_below_the_noise_of_a_run():
    model = Blend().fit(rows(), noisy(rows()))
    between = rows((12.0, 24.0, 33.0), (3.0, 5.0, 9.0))

    assert np.abs(model.predict(between) / law(between) - 1).mean() < 0.03


def test_repeats_count_as_their_median():
    repeated = np.repeat(rows(), 3, axis=0)
    runs = np.repeat(law(rows()), 3)
    runs[::3] *= 4

    assert Blend().fit(repeated, runs).predict(rows()) == pytest.approx(law(rows()), rel=0.02)


def test_nine_in_ten_new_runs_lie_in_the_interval():
    between = rows((12.0, 17.0, 24.0, 33.0), (3.0, 5.0, 7.0, 9.0, 11.0))
    held = []
    for seed in range(8):
        model = Blend().fit(rows(), noisy(rows(), seed=seed))
        lower, upper, level = ends(model, between)
        new = noisy(between, seed=seed + 1_000)
        held.append(np.mean((new > lower) & (new < upper)))

    assert level == 0.9
    assert 0.82 < np.mean(held) < 0.98


def test_few_configurations_claim_less():
    few = rows((10.0, 20.0), (2.0, 4.0))

    assert ends(Blend().fit(few, law(few)), few)[2] == pytest.approx(0.8)


@settings(max_examples=5)
@given(st.integers(0, 1_000))
def test_beyond_the_runs_it_never_scales_better_than_linearly(seed: int):
    model = Blend().fit(rows(), noisy(rows(), seed=seed))
    scales = np.array([12.0, 16.0, 24.0, 48.0, 120.0, 500.0])
    seconds = model.predict(np.column_stack([np.full_like(scales, 30.0), scales]))

    assert (seconds > 0).all()
    assert (np.diff(seconds * scales) >= -1e-9).all()


@settings(max_examples=5)
@given(st.integers(0, 1_000))
def test_beyond_the_runs_more_input_never_takes_less_time(seed: int):
    model = Blend().fit(rows(), noisy(rows(), seed=seed))
    sizes = np.array([40.0, 60.0, 100.0, 400.0, 4_000.0])

    assert (np.diff(model.predict(np.column_stack([sizes, np.full_like(sizes, 6.0)]))) >= 0).all()


def test_the_interval_widens_beyond_the_runs():
    model = Blend().fit(rows(), noisy(rows()))
    lower, upper, _ = ends(model, np.array([[40.0, 12.0], [80.0, 24.0], [800.0, 48.0]]))

    assert (np.diff(upper / lower) > 0).all()


def test_a_law_is_followed_beyond_the_runs():
    model = Blend().fit(rows(), law(rows()))
    far = np.array([[60.0, 6.0], [40.0, 20.0]])

    assert model.predict(far) == pytest.approx(law(far), rel=0.15)


def test_one_run_is_learned_too():
    one = Blend().fit(np.array([[10.0, 4.0]]), np.array([100.0]))

    assert one.predict(np.array([[10.0, 4.0]]))[0] == pytest.approx(100)


def test_many_configurations_are_learned_by_trees():
    draw = np.random.default_rng(0)
    many = np.column_stack([draw.uniform(1, 100, 3_000), draw.integers(1, 65, 3_000)])
    model = Blend().fit(many, noisy(many))

    assert len(many) > MOST_CONFIGURATIONS
    assert model.error_ < 0.1
    assert np.abs(model.predict(many) / law(many) - 1).mean() < 0.05


def test_it_learns_the_same_every_time():
    first, second = (clone(Blend()).fit(rows(), noisy(rows())) for _ in range(2))

    assert first.predict(rows()).tolist() == second.predict(rows()).tolist()


@given(st.lists(st.floats(-1, 1), min_size=9, max_size=9))
@settings(max_examples=20)
def test_the_gradient_is_that_of_the_objective(offsets: list[float]):
    X = rows((10.0, 20.0, 40.0), (2.0, 4.0, 8.0, 12.0))  # noqa: N806
    ones = np.ones(len(X))
    process = GaussianProcess(iterations=0).fit(X, Targets(np.log(noisy(X)), ones, 1 / law(X)))
    place = process.parameters + np.array(offsets)
    room = np.empty((2, X.shape[1], len(X), len(X)))
    _, gradient = process._objective(place, *room)
    steps = 1e-5 * np.eye(len(place))

    numeric = [
        (process._objective(place + step, *room)[0] - process._objective(place - step, *room)[0])
        / 2e-5
        for step in steps
    ]

    assert gradient == pytest.approx(np.array(numeric), rel=1e-3, abs=1e-3)


def test_left_out_is_what_the_process_says_without_the_row():
    X, y = rows(), np.log(noisy(rows()))  # noqa: N806
    ones = np.ones(len(y))
    whole = GaussianProcess(iterations=0).fit(X, Targets(y, ones, ones))

    without = GaussianProcess(iterations=0).fit(X[1:], Targets(y[1:], ones[1:], ones[1:]))

    assert without.predict(X[:1])[0][0] == pytest.approx(whole.left_out[0], abs=0.02)


def test_an_earlier_model_is_where_the_search_begins():
    X, y = rows(), noisy(rows())  # noqa: N806
    earlier = Blend(few=0).fit(X[2:], y[2:])

    refreshed = Blend(few=0).beginning_at(earlier).fit(X, y)
    anew = Blend(few=0).fit(X, y)

    assert refreshed.learned_ == len(X) - 2
    assert refreshed.predict(X) == pytest.approx(anew.predict(X), rel=0.01)
    assert refreshed.error_ == pytest.approx(anew.error_, rel=0.1)


def test_an_earlier_model_of_other_runs_is_not():
    X, y = rows(), noisy(rows())  # noqa: N806
    earlier = Blend(few=0).fit(X[6:], y[6:])

    refreshed = Blend(few=0).beginning_at(earlier).fit(X, y)

    assert refreshed.predict(X).tolist() == Blend(few=0).fit(X, y).predict(X).tolist()
    assert refreshed.learned_ == len(X)


def test_an_outlying_configuration_is_not_followed():
    y = law(rows())
    y[12] *= 1.5
    model = Blend(few=0).fit(rows(), y)

    assert np.delete(model.predict(rows()) / law(rows()), 12) == pytest.approx(1, abs=0.05)
