"""A PySpark program with one more line is contributed when it ends, and never notices."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.spark import carrier
from ledger.spark import recorded
from ledger.spark.recorded import queue_of
from tests.capture.spark_events import logs
from tests.capture.spark_events.spark import SECONDS
from tests.capture.spark_events.spark import environment
from tests.cli.command import ENVIRONMENT
from tests.cli.command import succeed
from tests.cli.running import eventually

ROOT = Path(__file__).parents[2]


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = environment()
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name("words.py")), str(home), *arguments],
        env=given | ENVIRONMENT | {"PYTHONPATH": f"{given['PYTHONPATH']}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def queued(home: Path) -> list[str]:
    """The logs in the queue; a file beside them says what became of others."""
    return [path.name for path in queue_of(home).iterdir() if not path.name.startswith(".")]


@pytest.mark.slow
def test_a_run_is_recorded_while_there_is_no_ledger_and_contributed_once_there_is_one(
    founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"

    ended = run(home, "--fail")

    assert (ended.returncode, ended.stdout.strip()) == (1, "counted"), ended.stderr[-2000:]
    assert "as asked" in ended.stderr
    said = queue_of(home) / carrier.LOG
    eventually(lambda: said.exists() and "there is no ledger" in said.read_text())
    assert not home.exists()
    assert len(queued(home)) == 1

    contribute_what_is_queued(Path(shutil.copytree(founded, home)), monkeypatch)

    (row,) = succeed(home, "list", "--json").json["rows"]
    assert (row["job"], row["outcome"], row["status"]) == ("words", "failed", "anchored")
    assert queued(home) == []


def contribute_what_is_queued(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the end of the next program does."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert carrier.carry(home) == 0, (queue_of(home) / carrier.LOG).read_text()


def test_what_was_taken_leaves_the_queue_and_what_was_not_stays(
    new_home: Path, monkeypatch: pytest.MonkeyPatch
):
    queue = queue_of(new_home)
    queue.mkdir()
    (queue / "application_1.zstd").write_bytes(logs.zstd(logs.text(logs.run())))
    (queue / "application_2.inprogress").write_bytes(logs.text(logs.run()[:-1]))

    contribute_what_is_queued(new_home, monkeypatch)

    assert queued(new_home) == ["application_2.inprogress"]
    (row,) = succeed(new_home, "list", "--json").json["rows"]
    assert row["status"] == "anchored"


class Builder:
    """Takes settings."""

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}

    def config(self, key: str, value: str) -> "Builder":
        self.settings[key] = value
        return self


def test_where_no_log_can_be_written_the_job_runs_without_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    queue_of(tmp_path / "home").write_text("no folder")
    builder = Builder()

    with caplog.at_level(logging.WARNING):
        assert recorded(builder, home=tmp_path / "home") is builder

    assert builder.settings == {}
    assert "will not be recorded" in caplog.text


def test_a_log_that_is_being_written_is_waited_for_but_not_for_ever(tmp_path: Path):
    (tmp_path / "application_1.inprogress").touch()

    carrier.wait_for_ends(tmp_path, seconds=0.3)
