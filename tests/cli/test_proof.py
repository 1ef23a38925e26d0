"""`proof` writes evidence, `verify` checks it: with a node, an endpoint, or nothing at all."""

import re
import socket
from pathlib import Path

import pytest
from pytest_socket import disable_socket
from pytest_socket import enable_socket

from ledger.verify.results import Result
from tests.cli.command import Outcome
from tests.cli.command import perfledger
from tests.cli.command import succeed


@pytest.fixture
def proof(used_home: Path, accepted_cid: str, tmp_path: Path) -> tuple[Path, str]:
    """A proof file, and the block it was made at."""
    file = tmp_path / "proof.json"
    outcome = succeed(used_home, "proof", accepted_cid, "-o", file)
    (block,) = re.findall("--trust-block (0x[0-9a-f]{64})", outcome.err)
    return file, block


def verify_without_network(home: Path, *arguments: str | Path) -> Outcome:
    disable_socket()
    try:
        return perfledger(home, "verify", *arguments)
    finally:
        enable_socket()


def test_a_proof_verifies_against_the_nodes_own_chain(
    used_home: Path, proof: tuple[Path, str], accepted_cid: str
):
    outcome = succeed(used_home, "verify", proof[0], "--cid", accepted_cid)

    assert "valid: Every step holds." in outcome.out
    assert "✗" not in outcome.out
    assert outcome.out.count("✓") >= 5


def test_a_proof_verifies_with_no_network_given_a_block(
    used_home: Path, proof: tuple[Path, str], accepted_cid: str, tmp_path: Path
):
    file, block = proof
    deployment = tmp_path / "deployment.json"
    deployment.write_bytes((used_home / "deployments" / "1337.json").read_bytes())

    outcome = verify_without_network(
        tmp_path / "an auditor without a ledger",
        file,
        "--trust-block",
        block,
        "--deployment",
        deployment,
        "--json",
    )

    assert (outcome.code, outcome.json["result"]) == (0, "valid"), outcome.err
    assert outcome.json["cid"] == accepted_cid
    assert all(step["ok"] and step["proved"] for step in outcome.json["steps"])


def test_without_network_there_is_really_none():
    disable_socket()
    try:
        with pytest.raises(UserWarning, match="tried to use socket"):
            socket.socket()
    finally:
        enable_socket()


def test_a_block_that_is_not_trusted_is_told_with_its_own_exit_code(
    used_home: Path, proof: tuple[Path, str]
):
    outcome = verify_without_network(used_home, proof[0], "--trust-block", "0x" + "11" * 32)

    assert outcome.code == Result.UNTRUSTED_BLOCK.exit_code
    assert "untrusted-block: " in outcome.out
    assert "✗" in outcome.out


def test_a_proof_of_another_record_is_no_proof_of_this_one(
    used_home: Path, proof: tuple[Path, str]
):
    file, block = proof

    outcome = verify_without_network(
        used_home, file, "--trust-block", block, "--cid", "bafyrei" + "a" * 52
    )

    assert outcome.code in {Result.WRONG_RECORD.exit_code, 65}


def test_more_accepts_than_there_are_can_be_required(used_home: Path, proof: tuple[Path, str]):
    file, block = proof

    outcome = verify_without_network(used_home, file, "--trust-block", block, "--quorum", "3")

    assert outcome.code == Result.BELOW_QUORUM.exit_code


@pytest.mark.parametrize("content", ["", "{}", "[" * 100_000, "\x00"])
def test_a_file_that_is_no_proof_is_malformed(used_home: Path, tmp_path: Path, content: str):
    file = tmp_path / "proof.json"
    file.write_text(content)

    outcome = verify_without_network(used_home, file, "--trust-block", "0x" + "11" * 32)

    assert outcome.code == Result.MALFORMED.exit_code


def test_a_record_that_is_not_anchored_has_no_proof_yet(used_home: Path):
    (row,) = succeed(used_home, "list", "--status", "pending", "--json").json["rows"]

    outcome = perfledger(used_home, "proof", row["cid"])

    assert outcome.code == 66
    assert "is not anchored yet" in outcome.err
    assert "hint: `perfledger contribute`" in outcome.err


def test_a_record_that_nobody_judged_has_a_proof_that_says_what_is_missing(
    used_home: Path, tmp_path: Path
):
    (row,) = succeed(used_home, "list", "--status", "pending", "--json").json["rows"]
    succeed(used_home, "contribute")
    file = tmp_path / "proof.json"

    made = succeed(used_home, "proof", row["cid"], "-o", file)
    outcome = perfledger(used_home, "verify", file)

    assert "missing: " in made.err
    assert outcome.code in {Result.INCOMPLETE.exit_code, Result.BELOW_QUORUM.exit_code}


@pytest.mark.parametrize("text", ["0x12", "latest", "0x" + "xy" * 32])
def test_what_is_no_block_hash_is_refused(used_home: Path, proof: tuple[Path, str], text: str):
    outcome = perfledger(used_home, "verify", proof[0], "--trust-block", text)

    assert outcome.code == 65
    assert "is not a block hash" in outcome.err


def test_without_trusted_contracts_nothing_is_verified(tmp_path: Path, proof: tuple[Path, str]):
    outcome = perfledger(tmp_path / "nowhere", "verify", proof[0])

    assert outcome.code == 66
    assert "which contracts do you trust?" in outcome.err


def test_an_endpoint_that_does_not_answer_is_no_verdict(used_home: Path, proof: tuple[Path, str]):
    outcome = perfledger(used_home, "verify", proof[0], "--rpc", "http://key@127.0.0.1:1/secret")

    assert outcome.code == 69
    assert "does not answer at http://127.0.0.1:1" in outcome.err
    assert "secret" not in outcome.err


def test_every_result_has_an_exit_code_and_a_meaning_of_its_own():
    codes = [result.exit_code for result in Result]

    assert len(set(codes)) == len(Result)
    assert Result.VALID.exit_code == 0
    assert all(result.meaning.endswith(".") for result in Result)
    assert not {1, 2, 65, 66, 69, 78} & set(codes)
