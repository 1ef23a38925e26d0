"""Long tests are begun first by each of several processes."""

from dataclasses import dataclass
from itertools import groupby

import hypothesis
from hypothesis import strategies as st

from tests.sharing import long_first


@dataclass(frozen=True)
class Item:
    """What is asked of a test."""

    path: int
    number: int
    is_long: bool = False

    def get_closest_marker(self, name: str) -> str | None:
        return name if name == "long" and self.is_long else None


def module(path: int, tests: int, *, is_long: bool = False) -> list[Item]:
    return [Item(path, number, is_long) for number in range(tests)]


def stretches(items: list[Item], processes: int) -> list[list[Item]]:
    """As `--dist worksteal` deals them out."""
    dealt = []
    for left in range(processes, 0, -1):
        number = len(items) // left
        dealt.append(items[:number])
        items = items[number:]
    return dealt


def test_each_process_begins_with_a_long_module():
    short = [item for path in range(30) for item in module(path, 1 + path % 4)]
    long = [item for path in range(30, 36) for item in module(path, 2, is_long=True)]

    dealt = stretches(long_first([*short, *long], 3), 3)

    assert [[each.is_long for each in stretch[:5]] for stretch in dealt] == [
        [True] * 4 + [False]
    ] * 3


@hypothesis.given(
    st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=40), st.integers(1, 5)
)
def test_all_tests_are_there_once_and_modules_stay_whole(modules, processes):
    items = [
        item
        for path, (tests, is_long) in enumerate(modules)
        for item in module(path, tests, is_long=is_long)
    ]

    ordered = long_first(items, processes)

    assert sorted(ordered, key=lambda item: (item.path, item.number)) == items
    assert len(list(groupby(ordered, key=lambda item: item.path))) == len(modules)
    for _, together in groupby(ordered, key=lambda item: item.path):
        numbers = [item.number for item in together]
        assert numbers == sorted(numbers)
