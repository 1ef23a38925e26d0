"""`doctor` looks at the daemon where it keeps the blocks."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ledger import doctor
from ledger import settings
from ledger.doctor import Finding
from ledger.store import kubo_rpc
from ledger.store.kubo_checkup import waits_for_disk
from tests.store.kubo.daemons import Daemon
from tests.store.kubo.daemons import kubo


def looked_at(home: Path, url: str, **changes: Any) -> Finding:
    home.mkdir(exist_ok=True)
    found = doctor.examine(settings.load(home, kubo_url=url, app_port=0, **changes))
    return next(finding for finding in found if finding.part == "blocks")


def wait_for_disk(daemon: Daemon) -> None:
    spec = json.loads((daemon.repository / "config").read_text())["Datastore"]["Spec"]
    (blocks,) = [mount for mount in spec["mounts"] if mount["mountpoint"] == "/blocks"]
    blocks["sync"] = True
    daemon.configure({"Datastore": {"Spec": spec}})


def test_a_daemon_that_answers_before_the_disk_does_is_a_finding(daemon: Daemon, home: Path):
    found = looked_at(home, daemon.url)

    assert not found.ok
    assert "does not wait for the disk" in found.says
    assert '"sync": true' in found.hint


def test_a_daemon_that_waits_for_the_disk_is_in_order(tmp_path: Path, home: Path):
    with kubo(tmp_path / "kubo", start=False) as daemon:
        wait_for_disk(daemon)
        daemon.start()

        found = looked_at(home, daemon.url)

    assert found.ok, found.says
    assert re.match(r"Kubo 0\.\d+\.\d+ at http://127\.0\.0\.1:\d+, [\d,]+ blocks$", found.says)


def test_a_daemon_that_may_not_be_asked_about_its_disk_is_taken_as_it_is(
    tmp_path: Path, home: Path
):
    allowed = ["/api/v0/version", "/api/v0/repo", "/api/v0/block"]
    with kubo(tmp_path / "kubo", start=False) as daemon:
        access = {"AuthSecret": "bearer:s3cret", "AllowedPaths": allowed}
        daemon.configure({"API": {"Authorizations": {"doctor": access}}})
        daemon.start()

        found = looked_at(home, daemon.url, kubo_token="s3cret")

    assert found.ok, found.says
    assert "does not say whether it waits for the disk" in found.says


def test_a_daemon_that_is_not_there_is_named(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kubo_rpc, "ATTEMPTS", 2)
    with kubo(tmp_path / "kubo") as daemon:
        url = daemon.url
    found = looked_at(home, url)

    assert not found.ok
    assert f"Kubo does not answer at {url}" in found.says
    assert "ipfs daemon" in found.hint


FLATFS = {"type": "flatfs", "mountpoint": "/blocks"}
LEVEL = {"type": "levelds", "mountpoint": "/"}


@pytest.mark.parametrize(
    ("spec", "waits"),
    [
        ({"type": "mount", "mounts": [FLATFS | {"sync": True}, LEVEL]}, True),
        ({"type": "mount", "mounts": [LEVEL, FLATFS | {"sync": False}]}, False),
        ({"type": "mount", "mounts": [LEVEL]}, False),
        (
            {
                "type": "mount",
                "mounts": [
                    {
                        "type": "measure",
                        "mountpoint": "/blocks",
                        "child": FLATFS | {"sync": True},
                    }
                ],
            },
            True,
        ),
        ({"type": "badgerds", "syncWrites": True}, True),
        ({"type": "measure", "child": {"type": "badgerds", "syncWrites": False}}, False),
        ({"type": "pebbleds"}, False),
        ({}, False),
    ],
)
def test_what_is_known_of_a_datastore_is_said(spec: dict[str, Any], waits: bool):
    assert waits_for_disk(spec) is waits
