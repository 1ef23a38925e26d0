"""tools.slither: every finding is mended or justified."""

import json

import pytest

import contracts
from contracts import sources
from tools import slither
from tools.slither import Finding

FOUND = Finding("reentrancy-eth", "ValidatorSet.withdraw")


@pytest.mark.node
def test_every_finding_is_justified(node_modules):
    program = slither.installed()
    if program is None:
        pytest.skip("Slither is not installed: make slither")

    assert list(slither.differences(slither.findings(program), slither.justified())) == []


def test_a_new_finding_is_told():
    (told,) = slither.differences({FOUND}, {})

    assert told == "found: reentrancy-eth in ValidatorSet.withdraw"


def test_a_justification_that_is_not_needed_any_more_is_told():
    (told,) = slither.differences(set(), {FOUND: "because"})

    assert told.startswith("listed, but not found any more")


def test_a_justified_finding_is_not_told():
    assert list(slither.differences({FOUND}, {FOUND: "because"})) == []


def test_every_justification_is_a_sentence_about_a_function_that_there_is():
    texts = "".join(
        path.read_text(encoding="utf-8") for path in (sources.ROOT / sources.OWN).glob("*.sol")
    )

    for finding, why in slither.justified().items():
        contract, function = finding.place.split(".")
        assert contract in (*contracts.NAMES, "Signatures")
        assert f"function {function}(" in texts
        assert len(why.split()) > 8
        assert why.endswith(".")


@pytest.mark.node
def test_what_slither_could_not_do_is_told(tmp_path, node_modules):
    program = tmp_path / "slither"
    answer = json.dumps({"success": False, "error": "no such compiler", "results": {}})
    program.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    program.chmod(0o700)

    with pytest.raises(slither.SlitherError, match="no such compiler"):
        slither.findings(program)
