"""What other jobs say is read once, and of no more machine types than an answer is worth."""

from typing import Any

import pytest

from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.insight import others
from ledger.insight.evidence import Evidence
from ledger.insight.evidence import Only
from ledger.insight.evidence import evidence
from ledger.insight.others import OtherJobs
from ledger.model.columns import runs_of
from ledger.node import Node


@pytest.fixture
def jobs(ledger_node: Node) -> OtherJobs:
    own = runs_of(evidence(ledger_node.queries, "sort").observations)
    return OtherJobs(ledger_node.queries, own, "sort", Only.ACCEPTED)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of which jobs records are read, in that order."""
    jobs: list[str] = []

    def reading(queries: Queries, job: str, *given: Any, **named: Any) -> Evidence:
        jobs.append(job)
        return evidence(queries, job, *given, **named)

    monkeypatch.setattr(others, "evidence", reading)
    return jobs


def machine_types(node: Node) -> list[str]:
    chosen = Filter(status=("accepted",))
    return [each.value for each in node.queries.facets(chosen)["machine_type"] if each.count]


def test_a_machine_type_is_read_of_once(jobs: OtherJobs, read: list[str], ledger_node: Node):
    first = [dict(jobs(name)) for name in machine_types(ledger_node)]
    count = len(read)
    again = [dict(jobs(name)) for name in machine_types(ledger_node)]

    assert count == len(read) > 0
    assert "sort" not in read
    assert [each.keys() for each in first] == [each.keys() for each in again]


def test_of_a_machine_type_that_nobody_ran_on_nothing_is_read(jobs: OtherJobs, read: list[str]):
    assert jobs("nobody's") == {}
    assert read == []


def test_one_question_is_about_so_many_machine_types_and_the_next_about_others(
    jobs: OtherJobs, monkeypatch: pytest.MonkeyPatch, ledger_node: Node
):
    monkeypatch.setattr(others, "MOST_TYPES", 1)
    known = next(name for name in machine_types(ledger_node) if jobs(name))
    first, second = jobs.for_one_question(), jobs.for_one_question()

    assert first("nobody's") == {}
    assert first(known) == {}
    assert second(known).keys() == jobs(known).keys()
    assert second("nobody's") == {}
