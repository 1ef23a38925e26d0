"""The runs that a curve is drawn through are those of what is asked about."""

from dataclasses import replace

from ledger.insight.ran_there import points
from ledger.model.columns import runs_of
from ledger.model.observation import Query
from tests.model.runs import GIGABYTE
from tests.model.runs import observation

MINE, THEIRS = "0x" + "1" * 40, "0x" + "2" * 40
QUERY = Query("sort", nodes=1, size_bytes=10 * GIGABYTE)

RUNS = runs_of(
    [
        replace(observation(2, 10 * GIGABYTE, 100.0, cid="mine"), contributor=MINE),
        replace(observation(2, 10 * GIGABYTE, 150.0, cid="theirs"), contributor=THEIRS),
        replace(observation(2, 11 * GIGABYTE, 110.0, cid="larger"), contributor=MINE),
    ]
)


def named(query: Query) -> list[str]:
    return [each.cid for each in points(RUNS, query)]


def test_runs_of_another_input_are_not_among_them():
    assert named(QUERY) == ["mine", "theirs"]


def test_where_a_contributor_is_named_only_theirs_are():
    assert named(replace(QUERY, contributor=MINE)) == ["mine"]


def test_of_one_who_never_ran_it_those_of_everybody_are():
    assert named(replace(QUERY, contributor="0x" + "3" * 40)) == ["mine", "theirs"]
