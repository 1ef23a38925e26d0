"""What is kept of whole columns is what counting them anew would give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.index.bins import Range
from ledger.index.bins import ranges
from ledger.index.queries.columns.whole import Whole
from ledger.index.queries.columns.whole import number_within
from tests.index.test_columns_table import CHANGES
from tests.index.test_columns_table import SOME
from tests.index.test_columns_table import Rows
from tests.index.test_columns_table import table


@given(SOME, CHANGES)
def test_counts_follow_whatever_becomes_of_a_table(
    rows: Rows, changes: list[tuple[Rows, set[int]]]
):
    whole, changed = Whole(), table(rows)
    for put_in, out in changes:
        changed = changed.changed(np.array(sorted({*put_in, *out}), np.int64), table(put_in))
        codes, numbers = changed.codes["job"], changed.numbers["runtime_seconds"]
        there = numbers[~np.isnan(numbers)]

        counts = whole.counts("job", codes)
        least, greatest = whole.extremes("runtime_seconds", numbers)

        assert {code: number for code, number in enumerate(counts) if number} == {
            code: number for code, number in enumerate(np.bincount(codes)) if number
        }
        assert (least > greatest) == (not len(there))
        if len(there):
            assert (least, greatest) == (there.min(), there.max())
            for bounds in ranges("runtime_seconds", least, greatest):
                counted = whole.within("runtime_seconds", numbers, bounds)
                assert counted == number_within(numbers, bounds)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=30))
def test_rows_that_come_behind_one_by_one_are_counted(added: list[int]):
    first = table(dict.fromkeys(range(1, 500), 1))
    grown = first.changed(np.array([500]), table({500: 2}))
    whole = Whole()
    whole.counts("job", grown.codes["job"])

    for place, value in enumerate(added, start=501):
        grown = grown.changed(np.array([place]), table({place: value}))

    assert list(whole.counts("job", grown.codes["job"])) == list(np.bincount(grown.codes["job"]))


@pytest.mark.parametrize("length", [0, 3])
def test_an_older_table_is_counted_as_it_is(length: int):
    first = table(dict.fromkeys(range(1, 500), 1)).changed(np.array([500]), table({500: 2}))
    later = first.changed(np.array([501]), table({501: 3}))
    whole = Whole()
    bounds = Range(least=1.0, most=2.0)

    numbers = [each.numbers["runtime_seconds"] for each in (first, later)]
    told = [whole.within("runtime_seconds", each, bounds) for each in (*numbers[::-1], *numbers)]

    assert told == [500, 500, 500, 500]
    assert whole.extremes("none", numbers[0][:length] * np.nan) == (np.inf, -np.inf)
