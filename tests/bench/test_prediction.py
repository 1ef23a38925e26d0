"""The protocol holds rows out, and nothing of them reaches a model."""

from dataclasses import replace
from typing import Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.prediction.c3o import JOBS
from bench.prediction.c3o import TABLES
from bench.prediction.c3o import Configurations
from bench.prediction.c3o import Job
from bench.prediction.c3o import read
from bench.prediction.protocol import elsewhere
from bench.prediction.protocol import mape
from bench.prediction.protocol import noise
from bench.prediction.protocol import score
from bench.prediction.protocol import splits

NOISE = dict(zip([job.name for job in JOBS], (0.78, 0.94, 0.45, 0.59, 1.24), strict=True))
"""As it was stated with the tables, by a bootstrap whose number of samples is not known."""

needs_tables = pytest.mark.skipif(
    not TABLES.is_dir(), reason="needs ../shared/data/c3o beside the repository"
)


class Recorder:
    """Answers 1, and remembers what it was given."""

    given: list[tuple[list[list[float]], list[float]]]

    def __init__(self, given: list[tuple[list[list[float]], list[float]]]) -> None:
        self.given = given

    def fit(self, X, y, sample_weight=None) -> Self:  # noqa: N803
        self.given.append((X.tolist(), y.tolist()))
        return self

    def predict(self, X):  # noqa: N803
        return np.ones(len(X))


@given(st.integers(2, 300))
def test_each_split_divides_the_rows(count: int):
    for seen, held in splits(count, number=3):
        assert sorted([*seen, *held]) == list(range(count))
        assert len(held) == int(np.ceil(count / 10))


def test_splits_differ_from_each_other_and_are_the_same_every_time():
    first = [held.tolist() for _, held in splits(140, number=5)]

    assert first == [held.tolist() for _, held in splits(140, number=5)]
    assert len({tuple(held) for held in first}) == 5


@pytest.mark.parametrize("repeats", [False, True])
def test_nothing_of_the_held_out_rows_reaches_the_model(repeats: bool):
    y = np.arange(1.0, 21.0)
    rows = Configurations(np.arange(40.0).reshape(20, 2), y, np.repeat(y, 5).reshape(20, 5))
    (_, held), *_ = splits(20, number=1)
    wrong = rows.y.copy()
    wrong[held] = 1e9
    honest: list[tuple[list[list[float]], list[float]]] = []
    poisoned: list[tuple[list[list[float]], list[float]]] = []

    score(lambda: Recorder(honest), rows, number=1, repeats=repeats)
    wrong_rows = replace(rows, y=wrong, repeats=np.repeat(wrong, 5).reshape(20, 5))
    score(lambda: Recorder(poisoned), wrong_rows, number=1, repeats=repeats)

    assert honest == poisoned


def test_what_is_asked_may_be_hidden_elsewhere_too():
    X = np.arange(40.0).reshape(20, 2)  # noqa: N806
    rows = Configurations(X, np.arange(1.0, 21.0), np.ones((20, 5)))
    hidden = {tuple(row) for row in X[:4].tolist()}

    known = elsewhere({"other": rows}, hidden)

    assert known is not None
    assert hidden.isdisjoint(tuple(row) for row in known.rows.tolist())
    assert len(known.y) == 16 * 5
    assert elsewhere({"other": rows}, {tuple(row) for row in X.tolist()}) is None


def test_the_error_is_relative_to_what_was_measured():
    assert mape(np.array([100.0, 50.0]), np.array([110.0, 50.0])) == pytest.approx(5)


@needs_tables
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_the_rows_are_those_of_the_published_table(job: Job):
    rows = read(job)[job.machine_type]

    assert rows.X.shape == (job.configurations, len(job.inputs) + 1)
    assert rows.repeats.shape[1] == 5
    assert noise(rows) == pytest.approx(NOISE[job.name], rel=0.06)
