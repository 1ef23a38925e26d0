"""Stories are told out of configurations: what varies, what ran where, who is quicker."""

import pytest

from ledger.insight.configurations import Configuration
from ledger.insight.configurations import Repeats
from ledger.insight.spread import Spread
from ledger.insight.story import consistency
from ledger.insight.story import standings
from ledger.insight.story import works


def ran(*runtimes: float, machine: str = "m4", nodes: int = 2, k: int = 3) -> Repeats:
    return Repeats(
        configuration=Configuration(
            job="kmeans",
            framework="spark",
            algorithm=None,
            machine_type=machine,
            provider="aws",
            nodes=nodes,
            input_bytes=10,
            search=f"kmeans spark 3.5 {machine} aws k={k}",
        ),
        runtime=Spread.of(sorted(runtimes)),
    )


def test_the_worst_is_what_varies_most() -> None:
    steady, wild, single = ran(10, 10, 11), ran(10, 30, nodes=4), ran(10, nodes=8)

    found = consistency([steady, wild, single])

    assert found.worst == [wild, steady]
    assert (found.configurations, found.repeated) == (3, 2)
    assert steady.runtime.variation is not None
    assert wild.runtime.variation is not None
    expected = (steady.runtime.variation + wild.runtime.variation) / 2
    assert found.median == pytest.approx(expected)


def test_nothing_is_said_of_runs_without_repeats() -> None:
    found = consistency([ran(10), ran(20, nodes=4)])

    assert (found.repeated, found.median, found.worst) == (0, None, [])


def test_a_work_is_the_same_wherever_it_ran() -> None:
    rows = [ran(20), ran(10, machine="c4"), ran(15, nodes=4), ran(30, k=5)]

    first, second = works(rows)

    assert [each.runtime.median for each in first.clusters] == [10, 15, 20]
    assert (first.settings, second.settings) == (("k=3",), ("k=5",))
    assert first.query() == {
        "job": ["kmeans"], "framework": ["spark"],
        "input_bytes_min": ["10"], "input_bytes_max": ["10"], "q": ["k=3"],
    }  # fmt: skip


def test_machine_types_are_ranked_over_what_both_ran() -> None:
    rows = [
        ran(10), ran(20, k=5),
        ran(5, machine="c4"), ran(10, k=5, machine="c4"), ran(9_000, k=7, machine="c4"),
        ran(20, machine="r4"),
        ran(1, machine="x1", nodes=16),
    ]  # fmt: skip

    found = standings(rows, "m4")

    assert [each.machine_type for each in found] == ["c4", "r4", "x1"]
    assert [each.ratio and each.ratio.ratio for each in found] == [
        pytest.approx(0.5), pytest.approx(2), None,
    ]  # fmt: skip
