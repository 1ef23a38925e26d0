"""Parameters as people write them."""

import pytest

from ledger.capture.scalars import pairs
from ledger.capture.scalars import scalar_of
from ledger.errors import InvalidInputError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("True", "True"),
        ("lz4", "lz4"),
        ("", ""),
        ("nan", "nan"),
        ("inf", "inf"),
        ("1e999", "1e999"),
        ("9007199254740993", "9007199254740993"),
        ("9" * 400, "9" * 400),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_text_is_a_number_where_a_record_can_hold_it(text, value):
    found = scalar_of(text)

    assert found == value
    assert type(found) is type(value)


def test_a_value_may_hold_equals_signs():
    assert pairs(["filter=a=b", "k=3"]) == {"filter": "a=b", "k": 3}


@pytest.mark.parametrize("text", ["k", "=5", ""])
def test_what_is_no_pair_is_named(text):
    with pytest.raises(InvalidInputError, match="not a pair"):
        pairs([text])
