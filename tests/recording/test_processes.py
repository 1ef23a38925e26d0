"""What programs leave behind is taken when they have ended, by a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from ledger.recording import taker
from ledger.recording.handing_over import LOCK
from ledger.recording.queue import MOST_WAITING
from ledger.recording.queue import FullQueueError
from ledger.recording.queue import Queue
from tests.cli.command import ENVIRONMENT
from tests.cli.command import succeed
from tests.cli.running import eventually
from tests.recording import foreign
from tests.recording.programs import drafts
from tests.recording.programs import environment
from tests.recording.programs import run

PROGRAM = """
from ledger.recording import recorded

@recorded("words", parameters=["k"])
def words(k):
    return k + 1

words(3)
if __import__("sys").argv[1:]:
    words(None)
"""

POOL = """
import multiprocessing
import sys
from ledger.recording import recorded, recording

@recorded("part", parameters=["number"])
def part(number):
    return number

if __name__ == "__main__":
    with recording("whole"):
        with multiprocessing.get_context(sys.argv[1]).Pool(3) as pool:
            assert sorted(pool.map(part, range(9))) == list(range(9))
            pool.close()
            pool.join()
"""

FORK = """
import os
import sys
from ledger.recording import recording

with recording("parent"):
    child = os.fork()
    if not child:
        with recording("child"):
            pass
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""

KILLED = """
import os
from ledger.recording import recording

with recording("done"):
    pass
with recording("cut short"):
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def draft(tmp_path: Path) -> dict[str, Any]:
    """A run as a program leaves it, made beside another home, whose taker is no test's."""
    measured = tmp_path / "measured"
    assert run(measured, PROGRAM).returncode == 0
    (found,) = drafts(measured)
    eventually(lambda: not takers_of(measured))
    shutil.rmtree(Queue(measured).folder)
    return found


def take(home: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return taker.take(home)


@pytest.mark.slow
def test_runs_wait_while_there_is_no_ledger_and_are_contributed_once_there_is_one(
    founded: Path, home: Path
):
    ended = run(home, PROGRAM, "fail")

    assert ended.returncode == 1
    assert "unsupported operand" in ended.stderr
    log = Queue(home).folder / taker.LOG
    eventually(lambda: log.exists() and "2 runs wait" in log.read_text())
    assert not home.exists()

    shutil.copytree(founded, home)
    assert run(home, PROGRAM).returncode == 0

    def all_anchored() -> Any:
        rows = succeed(home, "list", "--json").json["rows"]
        return len(rows) == 3 and all(row["status"] == "anchored" for row in rows) and rows

    rows = eventually(all_anchored)
    assert sorted(row["outcome"] for row in rows) == ["failed", "succeeded", "succeeded"]
    eventually(lambda: not Queue(home).waiting())


HOSTILE = """
import os
import sys
from pathlib import Path

Path(__file__).with_name(f"executed by {os.getpid()}").write_text(" ".join(sys.orig_argv))
"""


def test_a_taker_executes_nothing_that_lies_in_the_folder_the_program_was_started_in(
    new_home: Path, tmp_path: Path
):
    (program := tmp_path / "program.py").write_text(PROGRAM)
    shared = tmp_path / "shared"
    shared.mkdir()
    for name in ("argparse", "click", "ledger"):
        (shared / f"{name}.py").write_text(HOSTILE)

    done = subprocess.run(
        [sys.executable, str(program)],
        env=environment(new_home),
        cwd=shared,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    eventually(lambda: not Queue(new_home).waiting())
    eventually(lambda: not takers_of(new_home))
    assert [each.read_text() for each in shared.glob("executed by *")] == []


def test_importing_it_loads_neither_the_schema_nor_the_chain(home: Path):
    program = PROGRAM + "import sys; print([m for m in ('pydantic', 'web3') if m in sys.modules])"

    assert run(home, program).stdout == "[]\n"


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_of_a_pool_record_what_they_do(home: Path, tmp_path: Path, method: str):
    script = tmp_path / "pool.py"
    script.write_text(POOL)

    done = subprocess.run(
        [sys.executable, str(script), method],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = drafts(home)
    assert sorted(each["job"]["parameters"].get("number", -1) for each in found) == [-1, *range(9)]


def test_a_forked_child_does_not_record_what_its_parent_does(home: Path):
    done = run(home, FORK)

    assert done.returncode == 0, done.stderr
    assert sorted(each["job"]["name"] for each in drafts(home)) == ["child", "parent"]


def test_what_was_done_before_a_program_is_killed_is_kept(home: Path):
    assert run(home, KILLED).returncode == -signal.SIGKILL
    assert [each["job"]["name"] for each in drafts(home)] == ["done"]


def test_what_is_no_record_is_put_aside_with_the_reason_and_holds_up_no_other(
    new_home: Path, draft: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    queue = Queue(new_home)
    bad = queue.put(draft | {"runtime_seconds": "long"})
    unreadable = queue.folder / "0.json"
    unreadable.write_bytes(b"\xff{")
    queue.put(draft)

    assert take(new_home, monkeypatch) == 65

    assert queue.waiting() == []
    aside = queue.folder / "refused"
    assert "runtime_seconds" in (aside / f"{bad.stem}.reason").read_text()
    assert (aside / unreadable.name).exists()
    (row,) = succeed(new_home, "list", "--json").json["rows"]
    assert (row["job"], row["status"]) == ("words", "anchored")


def test_credentials_among_parameters_do_not_leave(
    new_home: Path, draft: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    draft["job"]["parameters"] = {"db_password": "hunter2", "k": 3}
    draft["configuration"] = {"fs.s3a.secret.key": "abc"}
    Queue(new_home).put(draft)

    assert take(new_home, monkeypatch) == 0

    (row,) = succeed(new_home, "list", "--json").json["rows"]
    record = succeed(new_home, "show", row["cid"], "--json").json["record"]
    assert record["job"]["parameters"] == {"db_password": "[redacted]", "k": 3}
    assert record["configuration"] == {"fs.s3a.secret.key": "[redacted]"}


def test_what_is_recorded_for_a_group_is_public_to_nobody_whoever_has_it_taken(
    founded: Path, home: Path, draft: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    assert run(home, PROGRAM, PERFLEDGER_GROUP="team").returncode == 0
    assert run(home, PROGRAM, PERFLEDGER_GROUP="taem").returncode == 0
    eventually(lambda: not takers_of(home))
    Queue(home).put(draft)
    shutil.copytree(founded, home)
    succeed(home, "group", "create", "team")

    assert take(home, monkeypatch) == 66

    (waiting,) = drafts(home)
    assert waiting["for_group"] == "taem"
    assert "no group 'taem'" in (Queue(home).folder / taker.LOG).read_text()
    assert succeed(home, "list", "--json").json["total"] == 1
    assert succeed(home, "list", "--encrypted", "--json").json["total"] == 1
    (row,) = succeed(home, "list", "--group", "team", "--json").json["rows"]
    assert row["job"] == "words"


def test_only_its_owner_reads_what_waits(home: Path, draft: dict[str, Any]):
    entry = Queue(home).put(draft)

    assert entry.stat().st_mode & 0o077 == 0
    assert entry.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("make", foreign.QUEUES)
def test_a_queue_that_is_not_the_users_alone_is_not_used_and_fails_no_program(
    home: Path, tmp_path: Path, make: foreign.Make
):
    folder, elsewhere = Queue(home).folder, tmp_path / "elsewhere"
    make(folder, elsewhere)

    ended = run(home, PROGRAM)

    assert ended.returncode == 0
    assert "is not this user's alone" in ended.stderr
    assert "chmod 700" in ended.stderr
    assert taker.take(home) == taker.NOT_OWN
    assert [path for path in (folder, elsewhere) if path.is_dir() and any(path.iterdir())] == []


def test_the_log_is_written_through_no_link(home: Path, tmp_path: Path, draft: dict[str, Any]):
    Queue(home).put(draft)
    (precious := tmp_path / "precious").write_text("mine")
    (Queue(home).folder / taker.LOG).symlink_to(precious)

    with pytest.raises(OSError, match="symbolic link"):
        taker.take(home)

    assert precious.read_text() == "mine"


def test_a_queue_that_nobody_takes_from_does_not_fill_the_disk(
    home: Path, draft: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ledger.recording.queue.MOST_WAITING", 2)
    assert MOST_WAITING > 2
    for _ in range(2):
        Queue(home).put(draft)

    with pytest.raises(FullQueueError):
        Queue(home).put(draft)


HOLD = """
import fcntl, sys
lock = open(sys.argv[1], "wb")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
input()
"""


def test_a_program_starts_no_taker_beside_one_that_is_at_work(home: Path, draft: dict[str, Any]):
    queue = Queue(home)
    queue.put(draft)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(queue.folder / LOCK)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"

        assert run(home, PROGRAM).returncode == 0
        assert not takers_of(home)
        assert taker.take(home) == taker.OTHER_IS_AT_IT

        other.communicate("\n")
    assert len(queue.waiting()) == 2
    assert taker.take(home) == taker.NO_LEDGER


def takers_of(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "ledger.recording.taker" in line and str(home) in line:
            found.append(process)
    return found


LONG = """
import os
from ledger.recording import handing_over, recording

handing_over.EVERY_SECONDS = 0.0
with recording("service"):
    pass
input()
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no child of mine")
"""


def test_a_program_that_goes_on_has_its_runs_taken_meanwhile_by_no_child_of_its_own(home: Path):
    with subprocess.Popen(
        [sys.executable, "-c", LONG],
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        log = Queue(home).folder / taker.LOG
        eventually(lambda: log.exists() and "runs wait" in log.read_text())
        out, _ = program.communicate("\n", timeout=60)

    assert (program.returncode, out) == (0, "no child of mine\n")


def test_a_draft_on_disk_is_what_was_measured(home: Path, draft: dict[str, Any]):
    entry = Queue(home).put(draft)

    assert json.loads(entry.read_bytes()) == draft
    assert os.listdir(entry.parent) == [entry.name]  # noqa: PTH208 - hidden files too
