"""The unit and the compose file of docs/operations: well formed, true, and what they run works."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.settings import PREFIX
from ledger.settings import Settings
from tests.chain.nodes.servers import anvil
from tests.cli.command import perfledger
from tests.cli.command import write_records
from tests.cli.running import Up
from tests.cli.running import eventually
from tests.conftest import executions
from tests.store.kubo.daemons import kubo
from tools.services.database import Server

FOLDER = Path(__file__).parents[2] / "docs" / "operations"
COMPOSE = FOLDER / "compose.yaml"
UNIT = FOLDER / "perfledger.service"

SAYING: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 60}

SERVICE_KEYS = {
    "build",
    "cap_drop",
    "command",
    "depends_on",
    "entrypoint",
    "environment",
    "healthcheck",
    "image",
    "ports",
    "read_only",
    "restart",
    "security_opt",
    "stop_grace_period",
    "tmpfs",
    "volumes",
}
"""Of the Compose Specification, those that are used."""


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return found


def unit() -> list[tuple[str, str]]:
    lines = UNIT.read_text().splitlines()
    return [tuple(line.split("=", 1)) for line in lines if re.match(r"[A-Z]\w+=", line)]


def runs(arguments: list[str]) -> None:
    """Fails unless the command knows its subcommand and its options."""
    assert arguments[0].endswith("perfledger")
    asked = [sys.executable, "-m", "ledger.cli", *arguments[1:], "--help"]
    subprocess.run(asked, check=True, capture_output=True, timeout=60)


def settings_in(names: Iterator[str]) -> None:
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    assert {name for name in names if name.startswith(PREFIX)} <= known


def test_the_compose_file_says_nothing_that_compose_does_not_know(compose: dict[str, Any]):
    assert set(compose) <= {"name", "services", "volumes", "x-node"}
    for service in compose["services"].values():
        assert set(service) <= SERVICE_KEYS
        assert "image" in service
        named = [each.split(":")[0] for each in service.get("volumes", ())]
        assert set(named) <= set(compose["volumes"])
        for other, how in service.get("depends_on", {}).items():
            assert other in compose["services"]
            if how["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][other]


def test_what_it_runs_exists_and_so_do_its_settings_and_files(compose: dict[str, Any]):
    for name in ("deploy", "app"):
        service = compose["services"][name]
        runs(service["command"])
        settings_in(iter(service["environment"]))
        context = (FOLDER / service["build"]["context"]).resolve()
        assert (context / service["build"]["dockerfile"]).samefile(FOLDER / "Dockerfile")
        assert (context / "pyproject.toml").is_file()


def test_only_the_app_is_reached_and_only_from_this_machine(compose: dict[str, Any]):
    published = {
        name: each["ports"] for name, each in compose["services"].items() if "ports" in each
    }

    assert published == {"app": ["127.0.0.1:8787:8787"]}


@contextmanager
def parts(compose: dict[str, Any], folder: Path, server: Server) -> Iterator[dict[str, str]]:
    """Real ones, at addresses of their own."""
    places = ("--host", "--state")
    given = compose["services"]["anvil"]["command"]
    with (
        server.database() as database,
        anvil(folder, *(each for each in given if not each.startswith(places))) as chain,
        kubo(folder) as store,
    ):
        yield {
            "PERFLEDGER_RPC_URL": chain.url,
            "PERFLEDGER_KUBO_URL": store.url,
            "PERFLEDGER_INDEX_URL": server.url(database),
        }


@pytest.mark.slow
def test_what_the_compose_file_runs_is_a_ledger_on_the_real_parts(
    compose: dict[str, Any], postgresql: Server, tmp_path: Path
):
    deploy, app = compose["services"]["deploy"], compose["services"]["app"]
    home = tmp_path / "home"
    with parts(compose, tmp_path, postgresql) as here:
        assert here.keys() < deploy["environment"].keys()
        chosen = {**app["environment"], **here, "PERFLEDGER_APP_HOST": "127.0.0.1"}
        deployed = perfledger(home, *deploy["command"][1:], **chosen)
        assert deployed.code == 0, deployed.err
        running = Up(home, *app["command"][2:], **chosen)
        try:
            eventually(lambda: running.get("/readyz")["status"] == "ready")
            file = write_records(tmp_path / "runs.jsonl", executions()[:3])
            sent = perfledger(home, "contribute", file, "--no-wait", **chosen)
            assert sent.code == 0, sent.err
            eventually(lambda: running.get("/api/v1/overview")["by_status"].get("anchored") == 3)
            assert running.stop() == 0
        finally:
            running.kill()


def test_the_unit_runs_what_exists_with_settings_that_do():
    (start,) = [value for name, value in unit() if name == "ExecStart"]
    program, *arguments = start.split()

    runs([program, *arguments])
    settings_in(value.split("=")[0] for name, value in unit() if name == "Environment")


def test_the_unit_leaves_requests_the_time_they_have():
    (seconds,) = [value for name, value in unit() if name == "TimeoutStopSec"]

    assert int(seconds) > Settings.model_fields["stop_seconds"].default + 10


def test_the_unit_is_one_that_systemd_takes_and_finds_well_closed(tmp_path: Path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze here: it is part of systemd")
    copy = tmp_path / UNIT.name
    copy.write_text(
        re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", UNIT.read_text())
    )

    verified = subprocess.run([program, "verify", copy], check=False, **SAYING)
    exposed = subprocess.run(
        [program, "security", "--offline=true", "--threshold=20", copy],
        check=False,
        **SAYING,
    )

    assert (verified.returncode, verified.stderr) == (0, "")
    assert exposed.returncode == 0, exposed.stdout
