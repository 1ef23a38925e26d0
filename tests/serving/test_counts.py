"""What several processes count together is what each of them is told."""

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.serving.counts import SWEEP_SECONDS
from ledger.serving.counts import SharedCounts

WINDOW = 60.0
PROCESSES, EACH = 4, 50


class Clock:
    """Goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts.sqlite"


def test_two_openings_of_a_file_count_together(path: Path, clock: Clock):
    one, other = SharedCounts(path, clock), SharedCounts(path, clock)

    told = [counts.add("alice", 1, WINDOW) for counts in (one, other, one)]

    assert told == [1, 2, 3]
    assert other.of("alice") == (3, clock.now + WINDOW)
    assert other.of("bob") == (0, clock.now)


def test_a_window_ends_and_the_next_begins_with_the_first_in_it(path: Path, clock: Clock):
    counts = SharedCounts(path, clock)
    counts.add("alice", 5, WINDOW)
    clock.now += WINDOW / 2
    assert counts.add("alice", 1, WINDOW) == 6

    clock.now += WINDOW / 2
    assert counts.of("alice") == (0, clock.now)
    assert counts.add("alice", 1, WINDOW) == 1
    assert counts.of("alice") == (1, clock.now + WINDOW)


def test_nobody_who_asked_stands_in_the_file(path: Path):
    counts = SharedCounts(path)
    counts.add("203.0.113.9", 1, WINDOW)
    counts.close()

    assert b"203.0.113.9" not in b"".join(each.read_bytes() for each in path.parent.iterdir())


def test_windows_that_are_over_leave_the_file(path: Path, clock: Clock):
    counts = SharedCounts(path, clock)
    for number in range(20):
        counts.add(f"passer-by {number}", 1, WINDOW)
    clock.now += WINDOW + SWEEP_SECONDS
    counts.add("alice", 1, WINDOW)

    assert counts.forget_all() == 1


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9)), max_size=30))
def test_each_name_has_the_sum_of_what_was_counted_for_it(
    tmp_path_factory: pytest.TempPathFactory, added: list[tuple[str, int]]
):
    counts = SharedCounts(tmp_path_factory.mktemp("counts") / "counts.sqlite", Clock())
    for name, number in added:
        counts.add(name, number, WINDOW)

    for name in "ab":
        assert counts.of(name)[0] == sum(number for each, number in added if each == name)
    counts.close()


def _count(path: Path) -> None:
    counts = SharedCounts(path)
    for _ in range(EACH):
        counts.add("everybody", 1, 3600)


def test_processes_that_count_at_once_lose_nothing(path: Path):
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_count, args=(path,)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert SharedCounts(path).of("everybody")[0] == PROCESSES * EACH
