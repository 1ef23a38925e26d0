"""The order in which several processes begin the tests that they share.

`--dist worksteal` gives each process one stretch of the tests, and whoever is done takes from the
end of another's. A long test that stands late is begun late, and in the end all wait for it: so
long ones are put where the stretches begin. Tests of one module that stand together stay together,
as they share what takes time to set up.
"""

from collections.abc import Sequence
from itertools import groupby

import pytest

Module = list[pytest.Item]


def long_first(items: Sequence[pytest.Item], processes: int) -> list[pytest.Item]:
    """The same tests, long modules where the stretches of the processes begin."""
    modules = [list(each) for _, each in groupby(items, key=lambda item: item.path)]
    long = [each for each in modules if _is_long(each)]
    short = [each for each in modules if not _is_long(each)]
    ordered: list[pytest.Item] = []
    for place in range(processes):
        ordered += (item for module in long[place::processes] for item in module)
        end = len(items) * (place + 1) // processes
        for module in list(short):
            if len(ordered) + len(module) <= end:
                ordered += module
                short.remove(module)
    return ordered + [item for module in short for item in module]


def _is_long(module: Module) -> bool:
    return any(item.get_closest_marker("long") for item in module)
