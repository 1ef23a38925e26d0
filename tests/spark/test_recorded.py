"""A PySpark program with one more line is contributed when it ends, and never notices."""

import atexit
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from ledger.recording.taker import NOT_OWN
from ledger.spark import carrier
from ledger.spark import recorded
from ledger.spark.queue import LogQueue
from tests.capture.spark_events import logs
from tests.capture.spark_events.spark import SECONDS
from tests.capture.spark_events.spark import environment
from tests.cli.command import ENVIRONMENT
from tests.cli.command import succeed
from tests.cli.running import eventually
from tests.recording import foreign

ROOT = Path(__file__).parents[2]


def queue_of(home: Path) -> Path:
    return LogQueue(home).folder


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
    assert carry(home, monkeypatch) == 0, (queue_of(home) / carrier.LOG).read_text()


def carry(home: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """As the end of the next program does."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return carrier.carry(home)


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


def test_what_is_recorded_for_a_group_is_public_to_nobody_whoever_has_it_taken(
    new_home: Path, monkeypatch: pytest.MonkeyPatch
):
    succeed(new_home, "group", "create", "team")
    for place, group in enumerate(["", "team", "taem", "../team"]):
        events = logs.run(*logs.stage(seconds=place + 1), name=f"job-{place}")
        (log_folder(new_home, group, monkeypatch) / f"application_{place}").write_bytes(
            logs.text(events)
        )
    monkeypatch.delenv("PERFLEDGER_GROUP")

    assert carry(new_home, monkeypatch) == 66

    said = (queue_of(new_home) / carrier.LOG).read_text()
    assert "no group 'taem'" in said
    assert "no group '../team'" in said
    assert jobs(new_home) == ["job-0"]
    assert jobs(new_home, "--group", "team") == ["job-1"]
    assert succeed(new_home, "list", "--encrypted", "--json").json["total"] == 1
    waiting = {path.name for path in queue_of(new_home).rglob("application_*")}
    assert waiting == {"application_2", "application_3"}


def log_folder(home: Path, group: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a program in which a group is set has its log written."""
    monkeypatch.setenv("PERFLEDGER_GROUP", group)
    with monkeypatch.context() as patched:
        patched.setattr(atexit, "register", lambda *_: None)  # no carrier at the end of the tests
        settings = recorded(Builder(), home=home).settings
    return Path(url2pathname(urlsplit(settings["spark.eventLog.dir"]).path))


def jobs(home: Path, *options: str) -> list[str]:
    rows = succeed(home, "list", "--json", *options).json["rows"]
    assert {row["status"] for row in rows} == {"anchored"}
    return [row["job"] for row in rows]


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


@pytest.mark.parametrize("make", foreign.QUEUES)
def test_a_queue_that_is_not_the_users_alone_is_not_used_and_fails_no_program(
    tmp_path: Path,
    make: foreign.Make,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    make(queue_of(home), elsewhere)
    builder = Builder()

    with caplog.at_level(logging.WARNING):
        assert recorded(builder, home=home) is builder

    assert builder.settings == {}
    assert "is not this user's alone" in caplog.text
    assert carrier.carry(home) == NOT_OWN
    assert "chmod 700" in capsys.readouterr().err
    folders = [path for path in (queue_of(home), elsewhere) if path.is_dir()]
    assert [path for path in folders if any(path.iterdir())] == []


def test_only_its_owner_reads_what_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """One that was made when others could still read it is closed to them."""
    home = tmp_path / "home"
    queue_of(home).mkdir()
    queue_of(home).chmod(0o755)

    folders = [queue_of(home), log_folder(home, "team", monkeypatch)]

    assert [path.stat().st_mode & 0o077 for path in folders] == [0, 0]


def test_a_log_that_is_being_written_is_waited_for_but_not_for_ever(tmp_path: Path):
    (tmp_path / "application_1.inprogress").touch()

    carrier.wait_for_ends(tmp_path, seconds=0.3)
