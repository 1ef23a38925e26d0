"""`watch spark` takes applications as they end, and contributes them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from ledger.cli import following
from tests.capture.spark_events import logs
from tests.cli.command import ENVIRONMENT
from tests.cli.command import Outcome
from tests.cli.command import perfledger
from tests.cli.command import succeed


def lines(outcome: Outcome) -> list[dict[str, str]]:
    return [json.loads(line) for line in outcome.out.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "spark-events"
    folder.mkdir()
    for place in range(2):
        events = logs.run(*logs.stage(seconds=place + 1), name=f"job-{place}")
        (folder / f"application_{place}").write_bytes(logs.text(events))
    (folder / "application_2.inprogress").write_bytes(logs.text(logs.run()[:-1]))
    (folder / "application_3").write_bytes(logs.text(logs.run()) + b"<html>\n")
    return folder


def test_what_has_ended_is_contributed_once(new_home: Path, folder: Path):
    first = succeed(new_home, "watch", "spark", folder, "--once", "--json")
    again = succeed(new_home, "watch", "spark", folder, "--once", "--json")

    states = {each["application"]: each["state"] for each in lines(first)}
    assert states == {
        "application_0": "taken",
        "application_1": "taken",
        "application_2": "waits",
        "application_3": "refused",
    }
    assert [each["state"] for each in lines(again)] == ["waits"]
    rows = succeed(new_home, "list", "--json").json["rows"]
    assert {row["job"]: row["status"] for row in rows} == {
        "job-0": "anchored",
        "job-1": "anchored",
    }


def test_a_dry_run_shows_the_records_and_keeps_nothing(new_home: Path, folder: Path):
    shown = succeed(new_home, "watch", "spark", folder, "--dry-run", "--json")
    told = succeed(new_home, "watch", "spark", folder, "--dry-run")

    taken = [each for each in lines(shown) if each["state"] == "taken"]
    assert [each["record"]["job"]["name"] for each in taken] == ["job-0", "job-1"]  # type: ignore[index]
    assert "job-1, succeeded in 10.0 s on 2 nodes" in told.out
    assert succeed(new_home, "list", "--json").json["rows"] == []
    assert len(lines(succeed(new_home, "watch", "spark", folder, "--once", "--json"))) == 4


def test_records_may_be_kept_and_signed_later(new_home: Path, folder: Path):
    succeed(new_home, "watch", "spark", folder, "--once", "--keep")
    rows = succeed(new_home, "list", "--json").json["rows"]
    assert {row["status"] for row in rows} == {"pending"}

    succeed(new_home, "watch", "spark", folder, "--once")

    rows = succeed(new_home, "list", "--json").json["rows"]
    assert {row["status"] for row in rows} == {"anchored"}


def test_while_the_chain_is_down_records_are_kept_and_contributed_later(
    new_home: Path, folder: Path
):
    down = {"PERFLEDGER_RPC_URL": "http://127.0.0.1:9", "PERFLEDGER_PRIVATE_KEY": "0x" + "11" * 32}

    failed = perfledger(new_home, "watch", "spark", folder, "--once", **down)
    again = succeed(new_home, "watch", "spark", folder, "--once", "--json")

    assert failed.code == 69, failed.err
    assert [each["state"] for each in lines(again)] == ["waits"]
    rows = succeed(new_home, "list", "--json").json["rows"]
    assert [row["status"] for row in rows] == ["anchored", "anchored"]


def test_one_process_watches_a_place_at_a_time(
    new_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(following, "TURN_SECONDS", 0.01)
    succeed(new_home, "watch", "spark", folder, "--once", "--keep")
    (lock,) = new_home.glob("watching-*.lock")

    with FileLock(lock):
        refused = perfledger(new_home, "watch", "spark", folder, "--once")

    assert (refused.code, "another process watches" in refused.err) == (75, True)


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("nosuch://somewhere", 65, "cannot be read"),
        ("http://user:secret@127.0.0.1:1", 65, "not the URL of the History Server"),
        ("no-such-folder", 69, "cannot be looked at"),
    ],
)
def test_a_place_that_is_none_is_named(new_home: Path, source: str, code: int, message: str):
    outcome = perfledger(new_home, "watch", "spark", source, "--once")

    assert (outcome.code, message in outcome.err) == (code, True), outcome.err
    assert "hint: " in outcome.err
    assert "secret" not in outcome.err


@pytest.mark.slow
def test_a_process_that_is_killed_goes_on_where_it_was(new_home: Path, tmp_path: Path):
    folder = tmp_path / "many"
    folder.mkdir()
    names = [f"application_{place:02}" for place in range(40)]
    for name in names:
        (folder / name).write_bytes(logs.text(logs.run(*logs.stage(), name=name)))
    command = [sys.executable, "-m", "ledger.cli", "--home", str(new_home), "watch", "spark"]
    process = subprocess.Popen(
        [*command, str(folder), "--json"],
        env=os.environ | ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    before = [json.loads(process.stdout.readline())["application"] for _ in range(5)]
    process.send_signal(signal.SIGKILL)
    before += [json.loads(line)["application"] for line in process.stdout if line.endswith("\n")]
    process.wait(60)
    process.stdout.close()

    after = lines(succeed(new_home, "watch", "spark", folder, "--once", "--json"))

    taken = [each["application"] for each in after]
    # One may have been kept and noted while its line was not printed any more.
    assert set(before).isdisjoint(taken)
    assert len(before) + len(taken) in {len(names) - 1, len(names)}
    rows = succeed(new_home, "list", "--limit", "100", "--json").json["rows"]
    assert sorted(row["job"] for row in rows) == names
    assert {row["status"] for row in rows} == {"anchored"}
