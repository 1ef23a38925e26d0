"""`run` measures a command, records it, and stays out of its way."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Outcome
from tests.cli.command import perfledger
from tests.cli.command import succeed

PYTHON = [sys.executable, "-S", "-c"]


def recorded(home: Path, outcome: Outcome) -> dict[str, Any]:
    """The record that a run says it made, as the ledger has it."""
    told: dict[str, Any] = outcome.json
    shown = succeed(home, "show", told["cid"], "--json").json
    assert shown["record"] == told["record"]
    return dict(told["record"])


def test_a_run_is_recorded_with_what_it_was_told_and_what_it_measured(
    new_home: Path, tmp_path: Path
):
    big = tmp_path / "big.txt"
    big.write_bytes(b"x" * 1_000_000)
    options = ["--job", "sort", "-p", "k=5", "-p", "fast=true", "--conf", "mem=1g", "-i", str(big)]

    outcome = succeed(
        new_home,
        "run",
        "--json",
        *options,
        "--nodes",
        "1",
        "--",
        *PYTHON,
        "kept = bytearray(50_000_000); sum(range(10**7))",
    )

    record = recorded(new_home, outcome)
    assert record["job"]["name"] == "sort"
    assert record["job"]["parameters"] == {"k": 5, "fast": True}
    assert record["configuration"] == {"mem": "1g"}
    assert record["input"]["size_bytes"] == 1_000_000
    assert record["status"] == "succeeded"
    assert record["runtime_seconds"] > 0
    assert record["metrics"]["peak_memory_bytes"] > 50_000_000
    assert record["origin"]["exit_code"] == 0


@pytest.mark.parametrize("code", [1, 3, 65, 255])
def test_the_exit_code_passes_through_and_a_failed_run_is_a_record(new_home: Path, code: int):
    outcome = perfledger(new_home, "run", "--json", "--", *PYTHON, f"raise SystemExit({code})")

    assert outcome.code == code
    record = recorded(new_home, outcome)
    assert (record["status"], record["origin"]["exit_code"]) == ("failed", code)


def test_a_run_that_is_killed_is_a_record(new_home: Path):
    suicide = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"

    outcome = perfledger(new_home, "run", "--json", "--", *PYTHON, suicide)

    assert outcome.code == 128 + 9
    record = recorded(new_home, outcome)
    assert (record["status"], record["origin"]["exit_code"]) == ("killed", -9)


def test_a_command_that_does_not_exist_is_an_error_and_no_record(new_home: Path):
    outcome = perfledger(new_home, "run", "--", "no-such-command-anywhere")

    assert outcome.code != 0
    assert "no-such-command-anywhere" in outcome.err
    assert succeed(new_home, "list", "--json").json["total"] == 0


def test_a_pair_without_an_equals_sign_is_refused_before_anything_runs(
    new_home: Path, tmp_path: Path
):
    outcome = perfledger(new_home, "run", "-p", "k", "--", "touch", tmp_path / "ran")

    assert outcome.code == 65
    assert "hint: Write it as NAME=VALUE" in outcome.err
    assert not (tmp_path / "ran").exists()


def test_options_of_the_command_are_its_own(new_home: Path):
    outcome = perfledger(new_home, "run", "--json", *PYTHON, "0", "--job", "mine", "-p")

    assert outcome.json["record"]["origin"]["argv"][-3:] == ["--job", "mine", "-p"]


def test_a_run_can_be_contributed_right_away(new_home: Path):
    outcome = succeed(new_home, "run", "--json", "--contribute", "--", *PYTHON, "0")

    shown = succeed(new_home, "show", outcome.json["cid"], "--json").json
    assert shown["row"]["status"] == "anchored"


def test_a_record_that_cannot_be_contributed_is_kept_and_told_beside_the_exit_code(new_home: Path):
    down = {"PERFLEDGER_RPC_URL": "http://127.0.0.1:1", "PERFLEDGER_PRIVATE_KEY": "0x" + "17" * 32}
    run = ["run", "--json", "--contribute", "--", *PYTHON, "raise SystemExit(3)"]

    outcome = perfledger(new_home, *run, **down)

    assert outcome.code == 3
    recorded(new_home, outcome)
    assert "it is kept, but could not be contributed: the chain does not answer" in outcome.err
    assert "hint: Is the node up?" in outcome.err
    assert succeed(new_home, "contribute", "--json").json["count"] == 1


def test_the_cid_is_told_before_the_record_is_contributed(new_home: Path):
    down = {"PERFLEDGER_RPC_URL": "http://127.0.0.1:1"}

    told = perfledger(new_home, "run", "--contribute", "--", *PYTHON, "0", **down).err

    assert told.index("recorded as bafyrei") < told.index("could not be contributed")


@pytest.mark.parametrize("file", ["outbox.sqlite", "blocks.sqlite", "index.sqlite"])
def test_a_broken_home_is_known_before_the_command_runs(new_home: Path, tmp_path: Path, file: str):
    for path in new_home.glob(f"{file}*"):
        path.unlink()
    (new_home / file).write_bytes(b"no database" * 1000)

    outcome = perfledger(new_home, "run", "--", "touch", tmp_path / "ran")

    assert outcome.code == 69
    assert file in outcome.err
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
def test_in_a_pipe_the_output_of_the_command_stays_alone_on_standard_output(new_home: Path):
    wrapped = [*PYTHON, "import sys; print(sys.stdin.read().upper()); sys.exit(4)"]

    ended = subprocess.run(
        [sys.executable, "-m", "ledger.cli", "--home", new_home, "run", "--", *wrapped],
        input="from the pipe",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (4, "FROM THE PIPE\n")
    assert "failed in" in ended.stderr
    assert "recorded as bafyrei" in ended.stderr
