"""A privacy policy, as people who share records meet it."""

import json
from pathlib import Path

import pytest

from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import executions

POLICY = """
[[rule]]
action = "drop"
fields = ["cluster.provider"]
[[rule]]
action = "hash"
fields = ["origin.argv"]
[[rule]]
action = "commit"
fields = ["input.size_bytes", "metrics.cpu_seconds"]
"""


@pytest.fixture
def private_home(new_home: Path) -> Path:
    """A ledger whose owner withholds something."""
    (new_home / "privacy.toml").write_text(POLICY)
    return new_home


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_records(tmp_path / "runs.jsonl", executions()[:2])


def test_a_dry_run_shows_what_would_leave_and_keeps_nothing(private_home: Path, runs: Path):
    told = succeed(private_home, "import", "--dry-run", "--json", runs).json

    changes = {each["field"]: each for each in told["dry_run"]["changes"]}
    assert (told["new"], told["dry_run"]["records"]) == (0, 2)
    assert changes["cluster.provider"] == {
        "field": "cluster.provider",
        "action": "drop",
        "records": 2,
        "before": "aws",
        "after": None,
    }
    assert changes["origin.argv.0"]["after"].startswith("hmac-sha256:")
    assert changes["input.size_bytes"]["action"] == "commit"
    assert perfledger(private_home, "list", "--json").json["rows"] == []


def test_a_dry_run_reads_as_a_table(private_home: Path, runs: Path):
    told = succeed(private_home, "import", "--dry-run", runs).out

    assert "cluster.provider" in told
    assert "nothing was kept" in told


def test_withheld_values_never_leave_and_are_disclosed_one_by_one(
    private_home: Path, runs: Path, tmp_path: Path
):
    succeed(private_home, "contribute", runs)
    succeed(private_home, "validator", "run", "--once")
    row = perfledger(private_home, "list", "--json").json["rows"][0]
    proof = tmp_path / "proof.json"

    shared = succeed(private_home, "show", row["cid"], "--json").json["record"]
    succeed(private_home, "proof", row["cid"], "--disclose", "input.size_bytes", "-o", proof)
    verified = succeed(private_home, "verify", "--json", proof).json

    assert "size_bytes" not in shared.get("input", {})
    assert "provider" not in shared["cluster"]
    assert shared["commitment"]["fields"] == ["input.size_bytes", "metrics.cpu_seconds"]
    (step,) = [each for each in verified["steps"] if each["name"] == "disclosed"]
    assert verified["result"] == "valid"
    assert step["values"] == {"input.size_bytes": executions()[0].input.size_bytes}
    assert "metrics.cpu_seconds" not in json.dumps(step["values"])


def test_another_value_than_the_withheld_one_is_told(
    private_home: Path, runs: Path, tmp_path: Path
):
    succeed(private_home, "contribute", runs)
    cid = perfledger(private_home, "list", "--json").json["rows"][0]["cid"]
    proof = tmp_path / "proof.json"
    succeed(private_home, "proof", cid, "--disclose", "input.size_bytes", "-o", proof)
    forged = json.loads(proof.read_text())
    forged["disclosures"][0]["value"] = "0x01"
    proof.write_text(json.dumps(forged))

    told = perfledger(private_home, "verify", "--json", proof)

    assert told.json["result"] == "wrong-disclosure"
    assert told.code == told.json["exit_code"] == 37


def test_what_was_not_withheld_here_cannot_be_disclosed(private_home: Path, runs: Path):
    succeed(private_home, "contribute", runs)
    cid = perfledger(private_home, "list", "--json").json["rows"][0]["cid"]

    told = perfledger(private_home, "proof", cid, "--disclose", "cluster.provider")

    assert told.code == 66
    assert "It withholds input.size_bytes, metrics.cpu_seconds" in told.err


def test_importing_again_adds_nothing(private_home: Path, runs: Path):
    succeed(private_home, "import", runs)

    assert perfledger(private_home, "import", "--json", runs).json["known"] == 2


def test_rows_of_which_the_policy_leaves_no_record_are_bad_and_the_others_go_in(
    private_home: Path, tmp_path: Path
):
    one, other = executions()[:2]
    named = other.model_copy(update={"job": other.job.model_copy(update={"name": "secret"})})
    (private_home / "privacy.toml").write_text(
        '[[rule]]\naction = "bucket"\nfields = ["job.algorithm"]\nsignificant = 1\n'
    )
    odd = named.model_copy(
        update={"job": named.job.model_copy(update={"algorithm": "not a number"})}
    )
    runs = write_records(tmp_path / "runs.jsonl", [one, odd])

    told = perfledger(private_home, "import", "--json", runs)

    assert (told.json["new"], told.code) == (1, 65)
    assert "job.algorithm is no number" in told.json["bad"][0]["reason"]


def test_a_measured_run_is_not_lost_for_a_mistake_in_the_policy(private_home: Path):
    (private_home / "privacy.toml").write_text(
        '[[rule]]\naction = "drop"\nfields = ["runtime_seconds"]\n'
    )

    told = perfledger(private_home, "run", "--", "true")
    (kept,) = private_home.glob("unshared-*.json")
    (private_home / "privacy.toml").write_text("")

    assert told.code == 65
    assert str(kept) in told.err.replace("\n", "")
    assert perfledger(private_home, "import", "--json", kept).json["new"] == 1


def test_a_policy_that_is_not_there_lets_nothing_out(
    new_home: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PERFLEDGER_PRIVACY_POLICY", str(new_home / "absent.toml"))

    told = perfledger(new_home, "import", runs)

    assert told.code == 66
    assert "there is no privacy policy" in told.err


def test_a_node_does_not_start_with_a_policy_that_is_none(new_home: Path):
    (new_home / "privacy.toml").write_text('[[rule]]\naction = "drop"\nfields = ["inptu"]\n')

    told = perfledger(new_home, "up")

    assert told.code == 65
    assert "no record has a field 'inptu'" in told.err


def test_without_a_policy_a_dry_run_says_that_records_leave_as_they_are(
    new_home: Path, tmp_path: Path
):
    one = write_records(tmp_path / "one.jsonl", executions()[:1])

    assert "1 record leaves as it is" in succeed(new_home, "import", "--dry-run", one).out
