"""Whatever a list is asked for, it answers: with a page, or with what is wrong with it."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.index.filters import Filter
from ledger.index.queries import Sort

LISTS = [
    "/records", "/records/export.csv", "/records/export.jsonl", "/batches", "/search",
    "/encrypted",  "/api/v1/envelopes",
    "/contributors", "/validators", "/verify", "/contribute", "/",
    "/api/v1/records", "/api/v1/facets", "/api/v1/export.csv", "/api/v1/export.jsonl",
    "/api/v1/batches", "/api/v1/contributors", "/api/v1/validators", "/api/v1/contributions",
]  # fmt: skip
THINGS = ["/encrypted/{}", "/api/v1/envelopes/{}",
          "/records/{}", "/records/{}/block", "/records/{}/proof", "/batches/{}",
          "/contributors/{}", "/validators/{}", "/contribute/{}", "/contribute/preview/{}",
          "/api/v1/records/{}", "/api/v1/records/{}/block", "/api/v1/batches/{}",
          "/api/v1/contributors/{}", "/api/v1/validators/{}", "/api/v1/contributions/{}",
          "/api/v1/export.{}", "/records/{}/revoke", "/records/{}/revocation",
          "/api/v1/records/{}/revocation", "/account?record={}", "/account?draft={}"]  # fmt: skip

NAMES = [*Filter.model_fields, "sort", "order", "limit", "after", "before", "x", "cid"]

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)
numbers = st.one_of(
    st.integers().map(str),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(repr),
    st.sampled_from(["1e309", "-0", "1_000", "0x10", "9" * 5_000, "10 GB", "1e30 TB", "²"]),
)
moments = st.one_of(
    st.datetimes().map(str),
    st.sampled_from(
        ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1e18", "-1e18", "now", "inf"]
    ),
)
names_of_things = st.sampled_from(
    ["0x" + "0" * 64, "0x" + "F" * 64, "0X12", "0x" + "11" * 20, "bafyrei", "bafyrei" + "a" * 52,
     "BAFYREI" + "7" * 52, "W251bGwsMV0", "WzEsMV0", "WzFlNDAwLDFd", "WyJhIiwxXQ", "\x00", "*", "%"]
)  # fmt: skip
values = st.one_of(anything, numbers, moments, names_of_things, st.sampled_from(list(Sort)))
queries = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=5)

unhurried = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def answered(client: FlaskClient, path: str, query: Any = None) -> int:
    response = client.get(path, query_string=query)
    response.get_data()
    return response.status_code


@pytest.mark.parametrize("path", LISTS)
@given(query=queries)
@example(query=[("started_from", "0001-01-01T00:00:00+14:00")])
@example(query=[("started_to", "9999-12-31T23:59:59-14:00")])
@example(query=[("q", "\x00")])
@example(query=[("input_bytes_min", "9" * 5_000)])
@example(query=[("sort", "runtime_seconds"), ("after", "WzFlNDAwLDFd")])
@unhurried
def test_no_question_breaks_a_list(client: FlaskClient, path: str, query: list[tuple[str, str]]):
    assert answered(client, path, query) != 500


@pytest.mark.parametrize("path", THINGS)
@given(name=values.filter(lambda text: text not in {".", ".."}))
@unhurried
def test_no_name_breaks_a_page(client: FlaskClient, path: str, name: str):
    assert answered(client, path.format(name)) != 500


@pytest.mark.parametrize("name", ["started_from", "started_to"])
def test_a_moment_beyond_the_calendar_is_named_as_such(client: FlaskClient, name: str):
    response = client.get("/api/v1/records", query_string={name: "0001-01-01T00:00:00+14:00"})

    assert response.status_code == 400
    assert f"{name}: not a moment of the calendar" in response.get_json()["detail"]
