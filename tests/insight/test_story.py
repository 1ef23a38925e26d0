"""Stories are told out of configurations: what varies, what ran where, who is quicker."""

import statistics
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.index.queries.columns.dictionaries import Dictionaries
from ledger.index.queries.runtimes import CONFIGURATION
from ledger.insight.configurations import Configuration
from ledger.insight.ran import Ran
from ledger.insight.story import consistency
from ledger.insight.story import standings_of
from ledger.insight.works import Works
from tests.insight.runs import configuration
from tests.insight.runs import together

CONFIGURATIONS = st.builds(
    configuration,
    job=st.sampled_from(["sort", "kmeans", "m4"]),
    machine=st.sampled_from(["m4", "M4", "c4 x", None]),
    nodes=st.sampled_from([2, 4]),
    size=st.sampled_from([None, 0, 10]),
    words=st.sampled_from(["", "k=3", "k=3 k=3", "x k=5", "k=5 x", "4"]),
)
RUNS = st.lists(st.tuples(CONFIGURATIONS, st.just(0.0) | st.floats(1e-3, 1e6)), max_size=40)


def ran(*runs: tuple[Sequence[float], dict[str, object]]) -> Ran:
    return together(
        (configuration(**named), runtime)  # type: ignore[arg-type]
        for runtimes, named in runs
        for runtime in runtimes
    )


def by_configuration(
    runs: Sequence[tuple[Configuration, float]],
) -> dict[Configuration, list[float]]:
    found: dict[Configuration, list[float]] = {}
    for each, runtime in runs:
        found.setdefault(each, []).append(runtime)
    return {each: sorted(runtimes) for each, runtimes in found.items()}


def besides(each: Configuration, apart: set[str], words: set[str]) -> tuple[object, ...]:
    """What is left of a configuration: its other fields, and the words that these do not say."""
    said = {
        word
        for name in apart - {"search"}
        for word in str(getattr(each, name) or "").casefold().split()
    }
    named = [getattr(each, name) for name in CONFIGURATION if name not in apart | {"search"}]
    left = set() if "search" in apart else set(each.search.split()) - said - words
    return (*named, frozenset(left))


@given(RUNS)
def test_runs_are_told_by_configuration(runs: list[tuple[Configuration, float]]) -> None:
    expected = by_configuration(runs)

    found = together(runs)

    repeats = found.repeats(list(range(len(found))))
    assert {each.configuration: each.runtime.count for each in repeats} == {
        each: len(runtimes) for each, runtimes in expected.items()
    }
    for place, each in enumerate(repeats):
        runtimes = expected[each.configuration]
        assert (each.runtime.least, each.runtime.most) == (runtimes[0], runtimes[-1])
        if len(runtimes) > 1:
            mean = statistics.fmean(runtimes)
            share = statistics.stdev(runtimes) / mean if mean else 0.0
            assert each.runtime.variation == pytest.approx(share, abs=1e-6)
            assert found.variations[place] == pytest.approx(share, abs=1e-6)


@given(
    RUNS,
    st.sets(st.sampled_from(["job", "machine_type", "nodes", "provider", "search"])),
    st.sets(st.sampled_from(["k=3", "x", "unheard"])),
)
def test_what_is_left_is_the_same_number_where_it_is_the_same(
    runs: list[tuple[Configuration, float]], apart: set[str], words: set[str]
) -> None:
    found = together(runs)
    configurations = [Configuration(**dict(zip(CONFIGURATION, found.runs.key(place), strict=True)))
                      for place in range(len(found))]  # fmt: skip

    numbers = found.runs.besides(apart, words).tolist()

    left = [besides(each, apart, words) for each in configurations]
    assert len(set(zip(numbers, left, strict=True))) == len(set(numbers)) == len(set(left))


@given(RUNS, RUNS)
def test_numbers_of_two_groups_can_be_compared(
    one: list[tuple[Configuration, float]], two: list[tuple[Configuration, float]]
) -> None:
    into = Dictionaries.empty()
    first, second = together(one, into), together(two, into)

    common, others = first.alike(()).common(second.alike(()))

    there = [
        {each for each, runtimes in by_configuration(runs).items() if any(runtimes)}
        for runs in (one, two)
    ]
    alike = [{besides(each, set(), set()) for each in side} for side in there]
    assert len(common) == len(others) == len(alike[0] & alike[1])


def test_the_worst_is_what_varies_most() -> None:
    found = consistency(ran(([10, 10, 11], {}), ([10, 30], {"nodes": 4}), ([10], {"nodes": 8})))

    wild, steady = found.worst
    assert (wild.configuration.nodes, steady.configuration.nodes) == (4, 2)
    assert (found.configurations, found.repeated) == (3, 2)
    assert steady.runtime.variation is not None
    assert wild.runtime.variation is not None
    expected = (steady.runtime.variation + wild.runtime.variation) / 2
    assert found.median == pytest.approx(expected)


def test_nothing_is_said_of_runs_without_repeats() -> None:
    found = consistency(ran(([10], {}), ([20], {"nodes": 4})))

    assert (found.repeated, found.median, found.worst) == (0, None, [])


def test_a_work_is_the_same_wherever_it_ran() -> None:
    done = Works(
        ran(([20], {}), ([10], {"machine": "c4"}), ([15], {"nodes": 4}), ([30], {"words": "k=5"}))
    )

    first, second = (done.work(place) for place in range(len(done)))

    assert [each.runtime.median for each in first.clusters] == [10, 15, 20]
    assert (first.settings, second.settings) == (("k=3",), ("k=5",))
    assert first.query() == {
        "job": ["kmeans"], "framework": ["spark"],
        "input_bytes_min": ["10"], "input_bytes_max": ["10"], "q": ["k=3"],
    }  # fmt: skip


def test_machine_types_are_ranked_over_what_both_ran() -> None:
    c4 = {"machine": "c4"}
    runs = ran(
        ([10], {}), ([20], {"words": "k=5"}),
        ([5], c4), ([10], {**c4, "words": "k=5"}), ([9_000], {**c4, "words": "k=7"}),
        ([20], {"machine": "r4"}),
        ([1], {"machine": "x1", "nodes": 16}),
        ([1], {"machine": None}),
    )  # fmt: skip

    found = standings_of(runs, "m4")

    assert [each.machine_type for each in found] == ["c4", "r4", "x1"]
    assert [each.runs for each in found] == [3, 1, 1]
    assert [each.ratio and each.ratio.ratio for each in found] == [
        pytest.approx(0.5), pytest.approx(2), None,
    ]  # fmt: skip


def test_a_machine_type_that_ran_nothing_stands_against_nobody() -> None:
    found = standings_of(ran(([10], {}), ([20], {"machine": "c4"})), "x1")

    assert [each.ratio for each in found] == [None, None]
