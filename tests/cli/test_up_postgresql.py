"""A whole node whose index is on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.cli.running import Up
from tests.cli.running import eventually
from tests.conftest import executions

pytestmark = pytest.mark.slow


@pytest.fixture
def up(used_home: Path, postgresql_location: str) -> Iterator[Up]:
    running = Up(used_home, PERFLEDGER_INDEX_URL=postgresql_location)
    yield running
    running.kill()


def test_a_node_follows_judges_and_answers_out_of_postgresql(
    up: Up, used_home: Path, postgresql_location: str, tmp_path: Path
):
    on_postgresql = {"PERFLEDGER_INDEX_URL": postgresql_location}
    eventually(lambda: up.get("/api/v1/overview")["by_status"].get("accepted") == 6)

    file = write_records(tmp_path / "runs.jsonl", executions()[30:33])
    succeed(used_home, "contribute", file, "--no-wait", **on_postgresql)
    eventually(lambda: up.get("/api/v1/overview")["by_status"].get("accepted") == 10)

    sqlite = used_home / "index.sqlite"
    sqlite.unlink()
    on_its_own = succeed(used_home, "list", "--json", **on_postgresql).json
    assert {row["status"] for row in on_its_own["rows"]} == {"accepted", "rejected"}
    assert not sqlite.exists()
    succeed(used_home, "db", "rebuild", **on_postgresql)
    rebuilt = succeed(used_home, "list", "--json", **on_postgresql).json
    assert [row["cid"] for row in rebuilt["rows"]]
    assert rebuilt["total"] == on_its_own["total"]
    assert up.stop() == 0
    assert not [line for line in up.complaints if "Traceback" in line]
