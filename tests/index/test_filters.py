"""Filters out of query parameters."""

import pytest

from ledger.index import filters
from ledger.index.filters import Filter
from ledger.index.filters import InvalidFilterError
from tests.index import ledgers

ADDRESS = ledgers.signer(1).address


def test_parameters_become_a_filter():
    chosen = filters.parse(
        {
            "job": ["sort", "grep", ""],
            "nodes": ["4", "8"],
            "contributor": [ADDRESS.lower()],
            "runtime_min": ["1.5"],
            "runtime_max": [" "],
            "started_from": ["2024-05-01"],
            "q": [" k-means "],
        }
    )

    assert chosen.job == ("sort", "grep")
    assert chosen.nodes == (4, 8)
    assert chosen.contributor == (ADDRESS,)
    assert (chosen.runtime_min, chosen.runtime_max) == (1.5, None)
    assert chosen.started_from is not None
    assert chosen.started_from.isoformat() == "2024-05-01T00:00:00+00:00"
    assert chosen.q == "k-means"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("colour", ["red"]),
        ("nodes", ["many"]),
        ("nodes", ["9" * 30]),
        ("status", ["lost"]),
        ("runtime_min", ["nan"]),
        ("runtime_min", ["1", "2"]),
        ("contributor", ["0x12"]),
        ("contributor", [ADDRESS[:-1] + ("0" if ADDRESS[-1] != "0" else "1")]),
        ("batch", ["0x12"]),
        ("started_from", ["yesterday"]),
        ("q", ["x" * 201]),
        ("job", ["x"] * 101),
    ],
)
def test_a_parameter_that_is_wrong_is_named(name: str, values: list[str]):
    with pytest.raises(InvalidFilterError):
        filters.parse({name: values})


def test_a_field_can_be_taken_out():
    chosen = Filter(job=("sort",), nodes=(4,))

    assert chosen.without("job") == Filter(nodes=(4,))
    assert chosen.without("job").without("nodes").is_empty
