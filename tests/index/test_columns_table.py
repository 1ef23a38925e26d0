"""Columns in memory: what a change makes of them, and what it leaves alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ledger.index.queries.columns.table import Table

Rows = dict[int, int]
"""Keys of rows, each with a value that its columns are made of."""

SOME = st.dictionaries(st.integers(1, 40), st.integers(0, 3), max_size=20)
CHANGES = st.lists(st.tuples(SOME, st.sets(st.integers(1, 40), max_size=5)), max_size=6)


def table(rows: Rows) -> Table:
    keys = np.array(sorted(rows), np.int64)
    values = np.array([rows[key] for key in sorted(rows)])
    return Table(
        keys=keys,
        batches=values.astype(np.int64),
        codes={"job": values.astype(np.int32), "status": np.array([7] * len(rows), np.int32)},
        numbers={"runtime_seconds": np.where(values == 0, np.nan, values).astype(np.float64)},
    )


def rows_of(found: Table) -> list[tuple[float, ...]]:
    return [
        tuple(None if np.isnan(value) else float(value) for value in row)
        for row in zip(*found.columns, strict=True)
    ]


@given(SOME, CHANGES)
def test_changes_one_after_another_are_as_if_the_table_had_been_made_anew(
    rows: Rows, changes: list[tuple[Rows, set[int]]]
):
    changed, now = table(rows), dict(rows)
    for put_in, out in changes:
        changed = changed.changed(np.array(sorted({*put_in, *out}), np.int64), table(put_in))
        now = {key: value for key, value in now.items() if key not in out} | put_in

        assert rows_of(changed) == rows_of(table(now))


@given(SOME, CHANGES)
def test_a_table_stays_what_it_was_whatever_is_made_of_it(
    rows: Rows, changes: list[tuple[Rows, set[int]]]
):
    made = [table(rows)]
    before = [rows_of(made[0])]
    for put_in, out in changes:
        for each in list(made):
            made.append(each.changed(np.array(sorted({*put_in, *out}), np.int64), table(put_in)))
            before.append(rows_of(made[-1]))
        made, before = made[-4:], before[-4:]

        assert [rows_of(each) for each in made] == before


def test_rows_that_come_last_are_written_behind_the_others_without_copying_them():
    first = table(dict.fromkeys(range(1, 1000), 1))
    second = first.changed(np.array([1000]), table({1000: 2}))

    third = second.changed(np.array([1001]), table({1001: 3}))

    assert all(
        np.shares_memory(old, new) for old, new in zip(second.columns, third.columns, strict=True)
    )


def test_a_column_is_copied_only_if_its_values_change():
    first = table(dict.fromkeys(range(1, 1000), 1)).changed(np.array([1000]), table({1000: 2}))

    second = first.changed(np.array([5]), table({5: 2}))

    assert np.shares_memory(first.keys, second.keys)
    assert np.shares_memory(first.codes["status"], second.codes["status"])
    assert not np.shares_memory(first.codes["job"], second.codes["job"])
