"""`up` as people and service managers run it: a process, with a chain of its own beside it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError

import psutil
import pytest

from ledger import settings
from ledger.chain import connection
from tests.cli.command import ENVIRONMENT
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import executions

DEADLINE_SECONDS = 60

pytestmark = pytest.mark.slow


def eventually(condition: Callable[[], Any]) -> Any:
    """What the condition gives once it gives anything; fails at the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        threading.Event().wait(0.05)
    raise AssertionError("it did not happen in time")


class Up:
    """A running node."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.process = psutil.Popen(
            [sys.executable, "-m", "ledger.cli", "--home", str(home), "up"],
            env={**os.environ, **ENVIRONMENT, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.complaints: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.chain_line = self._ready("chain")[0]
        self.url = self._ready("app")[1]
        self.children = self.process.children(recursive=True)

    def _ready(self, part: str) -> tuple[str, str]:
        """The line that names a part, and the address in it."""
        line = self.process.stdout.readline()
        match = re.match(rf"{part}\s+(http://\S*127\.0\.0\.1:\d+)", line)
        assert match, (line, self.complaints)
        return line, match[1]

    def _read(self) -> None:
        self.complaints.extend(self.process.stderr)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return json.loads(response.read())

    def chain(self) -> psutil.Process | None:
        """The process of the development chain."""
        for child in self.process.children():
            with suppress(psutil.NoSuchProcess):
                if "serve" in child.cmdline():
                    return child
        return None

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = int(self.process.wait(DEADLINE_SECONDS))
        self._reader.join(DEADLINE_SECONDS)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@pytest.fixture
def up(used_home: Path) -> Iterator[Up]:
    running = Up(used_home)
    yield running
    running.stop(signal.SIGKILL)
    for child in running.children:
        if child.is_running():
            child.kill()


def gone(processes: list[psutil.Process]) -> bool:
    return not any(
        each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes
    )


def test_a_running_node_serves_follows_judges_and_stops(up: Up, used_home: Path, tmp_path: Path):
    health = up.get("/api/v1/healthz")
    assert health
    assert up.get("/api/v1/records")

    file = write_records(tmp_path / "runs.jsonl", executions()[30:33])
    found = succeed(used_home, "contribute", file, "--no-wait", "--json").json

    # The carrier, the sync and the validators of `up` do the rest: one record waited before.
    eventually(lambda: accepted(used_home) == 10)
    by_id = succeed(used_home, "status", "--json").json["on_their_way"]
    assert found["id"] not in [each["id"] for each in by_id]
    assert up.children
    assert up.stop() == 0
    eventually(lambda: gone(up.children))
    assert not [line for line in up.complaints if "Traceback" in line]


def accepted(home: Path) -> int:
    return int(
        succeed(home, "list", "--status", "accepted", "--limit", "1", "--json").json["total"]
    )


def test_a_chain_that_is_killed_is_started_again(up: Up, used_home: Path, tmp_path: Path):
    killed = up.chain()
    killed.send_signal(signal.SIGKILL)
    eventually(lambda: gone([killed]))

    revived = eventually(up.chain)
    up.children.append(revived)
    file = write_records(tmp_path / "runs.jsonl", executions()[30:32])
    eventually(lambda: perfledger(used_home, "contribute", file, "--no-wait").code == 0)
    eventually(lambda: accepted(used_home) == 9)

    assert revived.pid != killed.pid
    assert up.stop(signal.SIGINT) == 0
    eventually(lambda: gone(up.children))


def test_a_node_that_is_killed_leaves_no_chain_behind(up: Up, used_home: Path):
    assert up.stop(signal.SIGKILL) == -signal.SIGKILL

    eventually(lambda: gone(up.children))
    with pytest.raises(URLError):
        urllib.request.urlopen(up.url + "/api/v1/healthz", timeout=5)
    assert succeed(used_home, "status", "--json").json["by_status"]["accepted"] == 6


def test_the_address_of_the_chain_is_told_without_what_is_secret_in_it(used_home: Path):
    with connection.connect(settings.load(used_home, chain_port=0)) as chain:
        secret = chain.url.replace("http://", "http://user:hunter2@") + "/?key=hunter2"
        running = Up(used_home, PERFLEDGER_RPC_URL=secret)
        try:
            assert running.chain_line == f"chain  {chain.url}\n"
            assert running.stop() == 0
        finally:
            running.stop(signal.SIGKILL)

    assert not [line for line in running.complaints if "hunter2" in line]
