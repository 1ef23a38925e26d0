"""`up` as people and service managers run it: a process, with a chain of its own beside it."""

import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from ledger import settings
from ledger.chain import connection
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.cli.running import Up
from tests.cli.running import eventually
from tests.cli.running import gone
from tests.conftest import executions

pytestmark = pytest.mark.slow


@pytest.fixture
def up(used_home: Path) -> Iterator[Up]:
    running = Up(used_home)
    yield running
    running.kill()


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
