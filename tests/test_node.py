"""The main job through the node: records in, anchored, attested, proven."""

import subprocess
import sys

from ledger.node import Node
from tests.conftest import execution
from tests.conftest import executions


def test_contributed_records_end_as_accepted_and_impossible_ones_as_rejected(
    ledger_node: Node,
) -> None:
    by_status = ledger_node.queries.overview().by_status

    assert by_status["accepted"] >= 48
    assert by_status["rejected"] == 1


def test_an_accepted_record_has_a_proof_that_verifies(ledger_node: Node) -> None:
    cid = ledger_node.intake.accept([executions()[0]]).known[0]

    proof = ledger_node.proof(cid)

    assert proof.missing == ()
    assert ledger_node.verify(proof.to_json().encode(), expected_cid=cid).result == "valid"


def test_records_that_were_handed_in_before_are_named_as_known(ledger_node: Node) -> None:
    accepted = ledger_node.accept([*executions(), execution("sort", "m4.2xlarge", 2, 10, 3)])

    assert accepted.new == ()
    assert len(accepted.known) == 49


def test_what_reaches_a_chain_starts_without_the_machine_that_runs_one() -> None:
    told = (
        "import sys, ledger.cli.up, ledger.node; "
        "print(sorted({'eth', 'eth_tester', 'numpy', 'scipy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
