"""`validator run` and `attest`: each validator judges each batch once."""

from pathlib import Path

from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import executions
from tests.conftest import impossible_execution


def contribute(home: Path, folder: Path) -> str:
    records = [*executions()[20:23], impossible_execution()]
    file = write_records(folder / "runs.jsonl", records)
    return str(succeed(home, "contribute", file, "--json").json["batch_id"])


def test_every_validator_attests_what_waits_and_then_nothing_waits(new_home: Path, tmp_path: Path):
    batch = contribute(new_home, tmp_path)

    told = succeed(new_home, "validator", "run", "--once").out
    again = succeed(new_home, "validator", "run", "--once").out

    assert told.count(f"attests {batch[:18]}…: 3 accepted, 1 rejected") == 2
    assert again == ""
    by_status = succeed(new_home, "status", "--json").json["by_status"]
    assert (by_status["accepted"], by_status["rejected"]) == (3, 1)


def test_one_batch_can_be_attested_by_its_id(new_home: Path, tmp_path: Path):
    batch = contribute(new_home, tmp_path)

    told = succeed(new_home, "attest", batch).out
    again = succeed(new_home, "attest", batch)

    assert told.count("3 accepted, 1 rejected") == 2
    assert again.out == ""
    assert again.err.count("has attested it before") == 2


def test_a_key_that_is_no_validators_is_told_so(new_home: Path, tmp_path: Path):
    batch = contribute(new_home, tmp_path)

    for arguments in (["attest", "--own", batch], ["validator", "run", "--once", "--own"]):
        outcome = perfledger(new_home, *arguments)

        assert outcome.code == 78
        assert "is not an active validator" in outcome.err


def test_a_batch_that_does_not_exist_is_not_found(new_home: Path):
    outcome = perfledger(new_home, "attest", "0x" + "12" * 32)

    assert outcome.code == 66
    assert "hint: " in outcome.err
