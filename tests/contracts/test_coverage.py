"""Every branch of every contract is executed, and every custom error reverted with."""

import json

import pytest

import contracts
from tests.contracts import coverage
from tests.contracts.coverage import Branch
from tests.contracts.coverage import Covered
from tests.contracts.coverage import Trace

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def parts(node_modules) -> list[coverage.Part]:
    return coverage.parts()


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(1_200)  # it runs the other tests of this folder once more
def test_every_branch_and_every_error_that_can_be_reached_is(parts):
    traces = coverage.traced()
    results = [coverage.covered(part, traces) for part in parts]

    assert coverage.unexplained(results) == []
    assert coverage.errors_missed(traces) == []
    assert {each.title for each in results} == {
        f"{name} {kind}" for name in contracts.NAMES for kind in coverage.PARTS
    }


def test_what_is_measured_is_what_is_deployed(parts):
    for part in parts:
        artefact = contracts.load(part.name)
        committed = artefact.deployed_bytecode if part.kind == "runtime" else artefact.bytecode
        assert part.code == committed


def test_few_outcomes_are_left_to_the_compilers_own_checks(parts):
    """A check is what ends in a panic: none of them stands for a line that decides anything."""
    lines = {branch.source for part in parts for branch in part.branches() if branch.checked}

    assert not any("revert" in line or "return" in line for line in lines)


def test_a_branch_that_is_not_executed_is_told(parts):
    jumps = {(branch.place, branch.taken) for branch in parts[0].branches()}
    ours = next(b for b in parts[0].branches() if b.source.startswith("if (count == 0)"))
    traces = {parts[0].code: Trace(frozenset(jumps - {(ours.place, ours.taken)}), frozenset())}

    result = coverage.covered(parts[0], traces)

    assert result.missed == [ours]
    assert any(ours.source in line for line in coverage.unexplained([result]))


def test_a_branch_that_is_listed_and_yet_executed_is_told():
    listed = next(iter(coverage.unreachable()))
    branch = Branch(listed[0], 1, True, listed[1], False)
    result = Covered(listed[0], [branch], frozenset({(1, True)}))

    told = coverage.unexplained([result])

    assert any("0 outcomes missed" in line and listed[1] in line for line in told)


def test_an_error_that_nothing_reverted_with_is_told():
    assert "SameRoot" in coverage.errors_missed({})
    assert "InvalidAccountNonce" not in coverage.errors_missed({})


def test_every_reason_is_a_sentence():
    listed = json.loads(coverage.UNREACHABLE.read_text(encoding="utf-8"))

    for why in [*(each["why"] for each in listed["branches"]), *listed["errors"].values()]:
        assert len(why.split()) > 8
        assert why.endswith(".")
