"""The address of a list holds all of its state."""

import hypothesis.strategies as st
import pytest
from flask import Flask
from hypothesis import given
from werkzeug.datastructures import MultiDict

from ledger.capture.quantities import InvalidQuantityError
from ledger.capture.quantities import base_units
from ledger.capture.units import Dimension
from ledger.index.queries import Sort
from webapp.records.state import COLUMNS
from webapp.records.state import LIMITS
from webapp.records.state import ListState
from webapp.records.state import parse

WORDS = st.lists(st.sampled_from(["sort", "grep", "a b", "ü", "x&y=z"]), unique=True).map(tuple)
STATES = st.builds(
    ListState,
    given=st.fixed_dictionaries({"job": WORDS, "machine_type": WORDS}).map(
        lambda given: {name: values for name, values in given.items() if values}
    ),
    sort=st.sampled_from(list(Sort)),
    descending=st.booleans(),
    after=st.none() | st.just("place"),
    limit=st.sampled_from(LIMITS),
    axis=st.sampled_from([None, "nodes", "input_bytes"]),
    columns=st.lists(st.sampled_from(list(COLUMNS)), min_size=1, unique=True).map(
        lambda chosen: tuple(column for column in COLUMNS if column in chosen)
    ),
)


@given(STATES)
def test_reading_an_address_gives_the_state_it_was_made_of(state: ListState) -> None:
    again = parse(MultiDict(state.pairs()))

    assert again.pairs() == state.pairs()


@given(STATES, st.sampled_from(["sort", "other"]))
def test_choosing_a_value_twice_changes_nothing(state: ListState, value: str) -> None:
    twice = state.toggled("job", value).toggled("job", value)

    assert set(twice.filter_pairs()) == set(state.filter_pairs())


def test_a_list_without_a_known_column_has_the_usual_ones() -> None:
    assert parse(MultiDict([("column", "nonsense")])).columns == ListState({}).columns


@given(STATES)
def test_another_filter_or_order_begins_at_the_first_page(state: ListState) -> None:
    for changed in (state.toggled("job", "new"), state.sorted_by(Sort.NODES), state.cleared()):
        assert changed.after is None


def test_sorting_by_the_same_column_turns_the_order_round() -> None:
    once = ListState({}).sorted_by(Sort.RUNTIME_SECONDS)

    assert (once.descending, once.sorted_by(Sort.RUNTIME_SECONDS).descending) == (False, True)


@pytest.mark.parametrize(
    ("text", "dimension", "expected"),
    [
        ("10 GB", Dimension.BYTES, "10000000000"),
        ("10gb", Dimension.BYTES, "10000000000"),
        ("1.5 KiB", Dimension.BYTES, "1536"),
        ("340", Dimension.SECONDS, "340.0"),
        ("5 min", Dimension.SECONDS, "300.0"),
    ],
)
def test_quantities_are_turned_into_base_units(
    text: str, dimension: Dimension, expected: str
) -> None:
    assert base_units(text, dimension) == expected


@pytest.mark.parametrize("text", ["", "GB", "-1 GB", "5 min", "1e999", "nan", "1 2 GB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuantityError):
        base_units(text, Dimension.BYTES)


def test_the_address_escapes_what_is_in_a_filter(app: Flask) -> None:
    with app.test_request_context():
        assert ListState({"job": ("x&y=z",)}).url() == "/records?job=x%26y%3Dz"
