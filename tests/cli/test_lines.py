"""A program writes runs into a pipe, a line each, and is answered when each is safe."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ledger.record import codec
from ledger.record.schema import Record
from tests.cli.command import ENVIRONMENT
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.running import DEADLINE_SECONDS
from tests.conftest import executions


class Piped:
    """The command, reading lines from a pipe."""

    def __init__(self, home: Path, *arguments: str | Path, **environment: str) -> None:
        command = [sys.executable, "-m", "ledger.cli", "--home", home, *arguments]
        self.process = subprocess.Popen(
            [str(each) for each in command],
            env={**os.environ, **ENVIRONMENT, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._rest = b""

    def write(self, *lines: str | bytes) -> None:
        data = [line.encode() if isinstance(line, str) else line for line in lines]
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(line + b"\n" for line in data))
        self.process.stdin.flush()

    def answers(self, number: int) -> list[dict[str, Any]]:
        """The next answers, without the pipe being closed."""
        assert self.process.stdout is not None
        while self._rest.count(b"\n") < number:
            ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE_SECONDS)
            assert ready, "no answer came in time"
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            assert piece, self.process.stderr and self.process.stderr.read()
            self._rest += piece
        *told, self._rest = self._rest.split(b"\n", number)
        return [json.loads(each) for each in told]

    def end(self) -> tuple[int, list[dict[str, Any]], str]:
        """How it ends once the pipe is closed, and what it says until then."""
        out, err = self.process.communicate(timeout=2 * DEADLINE_SECONDS)
        told = [json.loads(each) for each in (self._rest + out).splitlines()]
        return self.process.returncode, told, err.decode()


@contextmanager
def piped(home: Path, *arguments: str | Path, **environment: str) -> Iterator[Piped]:
    found = Piped(home, *arguments, **environment)
    try:
        yield found
    finally:
        found.process.kill()
        found.process.communicate()


def text(record: Record) -> str:
    return record.model_dump_json()


def kept(home: Path) -> set[str]:
    rows = succeed(home, "list", "--limit", "100", "--json").json["rows"]
    return {str(row["cid"]) for row in rows}


def test_each_line_is_answered_in_order_while_more_may_come(new_home: Path):
    runs = executions()[:3]
    with piped(new_home, "import", "-") as command:
        command.write(text(runs[0]))
        (first,) = command.answers(1)
        assert first == {"line": 1, "state": "taken", "cid": codec.cid_of(runs[0])}
        assert codec.cid_of(runs[0]) in kept(new_home), "it is answered once it is kept"

        command.write(text(runs[1]), "", text(runs[0]), '{"job": 3}', "not json", text(runs[2]))
        told = command.answers(5)
        code, rest, _ = command.end()

    assert [(each["line"], each["state"]) for each in told] == [
        (2, "taken"),
        (4, "known"),
        (5, "refused"),
        (6, "refused"),
        (7, "taken"),
    ]
    assert told[2]["field"] == "job"
    assert "not JSON" in told[3]["reason"]
    assert all(each["hint"] for each in told[2:4])
    assert (code, rest) == (65, [])


def test_a_pipe_of_good_lines_ends_well_and_the_last_needs_no_line_feed(new_home: Path):
    with piped(new_home, "import", "-") as command:
        assert command.process.stdin is not None
        command.process.stdin.write(text(executions()[0]).encode())
        code, told, _ = command.end()

    assert (code, [each["state"] for each in told]) == (0, ["taken"])


def test_a_line_that_cannot_be_read_ends_no_other(new_home: Path):
    with piped(new_home, "import", "-") as command:
        command.write(b"\xff", b" " * 3_000_000, b"[1]", text(executions()[0]))
        code, told, _ = command.end()

    assert [each["state"] for each in told] == ["refused"] * 3 + ["taken"]
    for each, reason in zip(
        told, ("not valid utf-8", "longer than", "not a JSON object"), strict=False
    ):
        assert reason in each["reason"]
    assert (told[3]["line"], code) == (4, 65)


MAP = """
unknown_columns = "ignore"
[fields]
"job.name" = "task.name"
"job.framework.name" = { constant = "make" }
"cluster.nodes" = { constant = 1 }
"runtime_seconds" = { column = "ms", unit = "ms" }
"""


def test_a_map_says_what_the_keys_mean(new_home: Path, tmp_path: Path):
    mapping = tmp_path / "map.toml"
    mapping.write_text(MAP)
    line = '{"task": {"name": "all"}, "ms": 1500, "host": "a"}'
    with piped(new_home, "import", "--map", mapping, "-") as command:
        command.write(line, line, '{"task": {"name": "all"}, "ms": "long"}')
        code, told, _ = command.end()

    assert [each["state"] for each in told] == ["taken", "known", "refused"]
    assert (told[2]["line"], told[2]["field"], code) == (3, "ms", 65)
    record = succeed(new_home, "show", told[0]["cid"], "--json").json["record"]
    assert (record["job"]["name"], record["runtime_seconds"]) == ("all", 1.5)


def test_a_dry_run_shows_what_would_leave_and_keeps_nothing(new_home: Path):
    (new_home / "privacy.toml").write_text(
        '[[rule]]\naction = "drop"\nfields = ["cluster.provider"]\n'
    )
    with piped(new_home, "import", "--dry-run", "-") as command:
        command.write(text(executions()[0]))
        code, (told,), _ = command.end()

    assert (code, told["state"]) == (0, "read")
    assert "provider" not in told["record"]["cluster"]
    assert kept(new_home) == set()


def test_what_was_answered_survives_a_kill(new_home: Path):
    with piped(new_home, "import", "-") as command:
        command.write(*map(text, executions()))
        told = command.answers(3)
        command.process.send_signal(signal.SIGKILL)
        command.process.wait(DEADLINE_SECONDS)

    assert {each["cid"] for each in told} <= kept(new_home)


def test_contribute_signs_what_comes_and_follows_it_to_the_chain(new_home: Path):
    with piped(new_home, "contribute", "-") as command:
        command.write(*map(text, executions()[:3]))
        code, told, err = command.end()

    assert (code, [each["state"] for each in told]) == (0, ["taken"] * 3), err
    rows = succeed(new_home, "list", "--json").json["rows"]
    assert {row["status"] for row in rows} == {"anchored"}
    assert "3 records signed" in err


def test_lines_are_kept_while_nothing_can_be_signed(new_home: Path):
    down = {"PERFLEDGER_RPC_URL": "http://127.0.0.1:1", "PERFLEDGER_PRIVATE_KEY": "0x" + "17" * 32}
    with piped(new_home, "contribute", "-", **down) as command:
        command.write(text(executions()[0]))
        (told,) = command.answers(1)
        code, _, err = command.end()

    assert (told["state"], code) == ("taken", 69), err
    assert "the chain does not answer" in err
    assert kept(new_home) == {told["cid"]}
    assert succeed(new_home, "contribute", "--json").json["count"] == 1


@pytest.mark.parametrize("chosen", [{"PERFLEDGER_GROUP": "team"}, {}], ids=["settings", "option"])
def test_lines_for_a_group_are_encrypted_and_one_that_is_too_large_holds_up_no_other(
    new_home: Path, chosen: dict[str, str]
):
    succeed(new_home, "group", "create", "team")
    named = [] if chosen else ["--group", "team"]
    runs = executions()[:3]
    settings = {f"setting.{number}": "x" * 1_000 for number in range(230)}
    large = runs[2].model_copy(update={"configuration": settings})

    with piped(new_home, "import", *named, "-", **chosen) as command:
        command.write(text(runs[0]))
        assert command.end()[0] == 0
    with piped(new_home, "contribute", *named, "-", **chosen) as command:
        command.write(text(runs[0]), text(large), text(runs[1]))
        code, told, err = command.end()

    assert [each["state"] for each in told] == ["known", "refused", "taken"], err
    assert "too large for an envelope" in told[1]["reason"]
    assert code == 65
    assert kept(new_home) == set()
    assert succeed(new_home, "list", "--encrypted", "--json").json["total"] == 2
    rows = succeed(new_home, "list", "--group", "team", "--json").json["rows"]
    assert {row["cid"] for row in rows} == {codec.cid_of(run) for run in runs[:2]}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["import", "-", "x.csv"], 65),
        (["contribute", "-", "x.csv"], 65),
        (["contribute", "-", "--server", "http://127.0.0.1:1"], 2),
    ],
)
def test_standard_input_goes_with_nothing_else(new_home: Path, arguments: list[str], code: int):
    outcome = perfledger(new_home, *arguments)

    assert (outcome.code, outcome.out) == (code, "")
    assert "files" in outcome.err
