"""The coordinates of a surface."""

from typing import cast

import numpy as np
import pytest

from ledger.model.gaussian import GaussianProcess
from ledger.model.gaussian import Targets
from ledger.model.regressor import Floats
from ledger.model.surface import Coordinates
from ledger.model.surface import Surface

GB = 1e9
SIZES = np.array([20, 30, 45, 60, 80, 120, 160, 240]) * GB
NODES = np.array([2.0, 3, 4, 6, 8, 12])
MEMORY = 16 * GB


def spilling(rows: Floats) -> Floats:
    """Twice as slow where a node's part of the input is beyond its memory."""
    portion = rows[:, 0] / rows[:, 1]
    spilled = 1 + np.tanh(4 * np.log(portion / MEMORY))
    return cast("Floats", 20 + 3e-8 * portion * (1 + spilled))


@pytest.fixture(scope="module")
def grid() -> tuple[Floats, Floats]:
    """Rows to learn from and rows held out, which have neighbours of the same portion."""
    rows = np.array([[size, nodes] for size in SIZES for nodes in NODES])
    order = np.random.default_rng(3).permutation(len(rows))
    return rows[order[12:]], rows[order[:12]]


def error(surface: Surface, seen: Floats, held: Floats) -> float:
    """Mean absolute percentage error, as a fraction."""
    surface.fit(seen, spilling(seen))
    return float(np.mean(np.abs(surface.predict(held) / spilling(held) - 1)))


@pytest.mark.parametrize("coordinates", ["logarithms", "as they are"])
def test_what_falls_to_a_node_decides_where_its_memory_ends(
    grid: tuple[Floats, Floats], coordinates: Coordinates
) -> None:
    seen, held = grid
    with_it = error(Surface(coordinates=coordinates, portion=True), seen, held)
    without = error(Surface(coordinates=coordinates), seen, held)
    assert with_it < without / 2, (with_it, without)


@pytest.mark.parametrize(
    ("sizes", "nodes"),
    [([1.0], NODES), (SIZES, [4.0]), ([0.0, *SIZES], NODES), (SIZES, [0.0, *NODES])],
    ids=["no size said", "one scale-out", "an empty input", "no node"],
)
def test_there_is_no_portion_where_it_would_say_nothing_of_its_own(
    sizes: list[float], nodes: list[float]
) -> None:
    rows = np.array([[size, number, 7.0] for size in sizes for number in nodes])
    runtimes = 5.0 + np.arange(len(rows))
    plain = Surface(iterations=2).fit(rows, runtimes)
    asked = Surface(iterations=2, portion=True).fit(rows, runtimes)
    assert len(asked.process_.parameters) == len(plain.process_.parameters)
    assert asked.predict(rows) == pytest.approx(plain.predict(rows))


def test_a_search_does_not_begin_at_parameters_of_other_axes() -> None:
    rows = np.array([[size, nodes] for size in SIZES for nodes in NODES])
    targets = Targets(np.log(spilling(rows)), np.ones(len(rows)), np.ones(len(rows)))
    earlier = GaussianProcess(iterations=3).fit(rows[:, :1], targets)
    begun = GaussianProcess(iterations=3, start=earlier.parameters).fit(rows, targets)
    anew = GaussianProcess(iterations=3).fit(rows, targets)
    assert begun.parameters.tolist() == anew.parameters.tolist()
