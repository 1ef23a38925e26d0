"""`validator run` and `attest`: each validator judges each batch once."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.command import ENVIRONMENT
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import executions
from tests.conftest import impossible_execution

DEADLINE_SECONDS = 60


def contribute(home: Path, folder: Path, first: int = 20) -> str:
    records = [*executions()[first : first + 3], impossible_execution()]
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


@pytest.mark.slow
def test_validators_outlive_an_outage_of_the_chain(new_home: Path, tmp_path: Path):
    with running(new_home, "chain", "serve") as chain:
        read_line(chain)
        with running(new_home, "validator", "run") as validators:
            told = listen(validators)
            before = contribute(new_home, tmp_path)
            eventually(lambda: attestations(told, before) == 2)
            chain.kill()
            chain.wait(DEADLINE_SECONDS)
            eventually(lambda: any("a round failed" in line for line in told))
            with running(new_home, "chain", "serve") as revived:
                read_line(revived)
                after = contribute(new_home, tmp_path, first=30)
                eventually(lambda: attestations(told, after) == 2)
                assert validators.poll() is None


def attestations(told: list[str], batch: str) -> int:
    return sum(f"attests {batch[:18]}" in line for line in told)


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger.cli", "--home", str(home), *arguments],
        env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(DEADLINE_SECONDS)
        process.stdout.close()


def read_line(process: subprocess.Popen[str]) -> str:
    return str(process.stdout.readline())


def listen(process: subprocess.Popen[str]) -> list[str]:
    """The lines it has printed so far, as they come."""
    lines: list[str] = []

    def read() -> None:
        with suppress(ValueError):  # closed
            lines.extend(process.stdout)

    threading.Thread(target=read, daemon=True).start()
    return lines


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.05)
