"""Repeats as one row: what a run takes, and how well that is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.model.repeats import repeated

runtimes = st.lists(st.floats(90, 110), min_size=5, max_size=5)


def of(rows, weight=1.0):
    runs = np.array([run for row in rows for run in row])
    place = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    return repeated(runs, np.full(len(runs), weight), place, len(rows))


@given(st.lists(runtimes, min_size=1, max_size=6))
def test_the_centre_lies_among_the_repeats(rows):
    centre = of(rows).centre

    for row, middle in zip(rows, centre, strict=True):
        assert min(row) - 1e-9 <= middle <= max(row) + 1e-9


@given(st.lists(runtimes, min_size=1, max_size=6), st.floats(0.1, 10))
def test_another_unit_changes_nothing(rows, factor):
    scaled = of([[run * factor for run in row] for row in rows])

    assert scaled.centre == pytest.approx(of(rows).centre * factor)
    assert scaled.precision == pytest.approx(of(rows).precision, rel=1e-3)


@given(runtimes, st.sampled_from([1e-3, 0.1, 10, 1000]))
def test_a_run_in_another_unit_hardly_moves_the_centre(row, factor):
    honest, wrong = of([row]), of([[*row[:4], row[4] * factor]])

    assert wrong.centre[0] == pytest.approx(honest.centre[0], abs=max(row) - min(row) + 1e-9)


def test_steady_configurations_are_more_precise():
    steady, unsteady = of([[100, 100, 101, 100, 99], [80, 120, 95, 110, 100]]).precision

    assert steady > 2 * unsteady


def test_one_run_each_is_taken_as_it_is():
    found = of([[100.0], [50.0]], weight=0.5)

    assert found.centre.tolist() == [100.0, 50.0]
    assert found.weight.tolist() == found.precision.tolist() == [0.5, 0.5]


def test_heavier_runs_draw_the_centre():
    runs, place = np.array([100.0, 100.0, 120.0, 120.0]), np.zeros(4, dtype=int)

    light = repeated(runs, np.array([1.0, 1.0, 0.01, 0.01]), place, 1)

    assert light.centre[0] == pytest.approx(100, rel=0.01)


def test_of_many_repeats_the_median_is_taken():
    assert of([list(np.linspace(90, 110, 501))]).centre[0] == pytest.approx(100)
