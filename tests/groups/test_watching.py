"""What is watched for a group: taken as any other, and public to nobody."""

import json
import threading
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.node import Node
from ledger.settings import load
from tests.capture.flink_jobs import archives
from tests.capture.hadoop_jobs import answers as hadoop
from tests.capture.spark_events import logs
from tests.cli.command import succeed
from tests.cli.conftest import founded
from tests.cli.conftest import new_home
from tests.groups.canary import found_in
from tests.groups.canary import said_by
from tests.watch.test_rest import Server

__all__ = ["founded", "new_home"]

CANARY = "canary-5c1e"
JOB = f"{CANARY}-job"


@pytest.fixture
def manager() -> Iterator[Server]:
    """A ResourceManager that tells of one application."""
    with Server() as server:
        about = hadoop.application(name=JOB)
        (told,) = [each["app"] for each in about.values()]
        server.answers = {
            path: [(200, json.dumps(value).encode())]
            for path, value in {
                **about,
                "/ws/v1/cluster/info": {"clusterInfo": {"hadoopVersion": "3.3.6"}},
                "/ws/v1/cluster/apps": {"apps": {"app": [told]}},
                "/ws/v1/cluster/nodes": {"nodes": None},
            }.items()
        }
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def spark(folder: Path) -> Path:
    """An event log of a job that succeeded, and one in which a line is none."""
    folder.mkdir()
    events = logs.run(*logs.stage(seconds=2), name=JOB)
    (folder / "application_1").write_bytes(logs.text(events))
    damaged = logs.text(logs.run(name=f"{CANARY}-damaged")) + b"<%b>\n" % CANARY.encode()
    (folder / "application_2").write_bytes(damaged)
    return folder


def flink(folder: Path) -> Path:
    folder.mkdir()
    (folder / archives.JOB).write_bytes(archives.archive(archives.answers(name=JOB)))
    return folder


@pytest.fixture(params=["spark", "flink", "hadoop"])
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """What `watch` is told: whose, where, and by which map."""
    if request.param == "hadoop":
        mapping = tmp_path / "map.toml"
        mapping.write_text('[event_logs.fields]\n"cluster.nodes" = { constant = 2 }\n')
        return ["hadoop", request.getfixturevalue("manager").url, "--map", str(mapping)]
    make: Callable[[Path], Path] = {"spark": spark, "flink": flink}[request.param]
    return [request.param, str(make(tmp_path / "place"))]


@pytest.fixture
def home(new_home: Path) -> Path:
    succeed(new_home, "group", "create", "team")
    return new_home


def test_a_watched_run_is_encrypted_and_public_to_nobody(home: Path, watched: list[str]):
    succeed(home, "watch", *watched, "--once", "--group", "team")

    (row,) = succeed(home, "list", "--group", "team", "--json").json["rows"]
    assert (row["job"], row["status"]) == (JOB, "anchored")
    assert succeed(home, "list", "--encrypted", "--json").json["total"] == 1
    assert public_to_nobody(home, row["cid"])


def test_one_that_is_kept_is_not_shown_as_a_draft_either(home: Path, watched: list[str]):
    """It waits in the folder of groups alone until the next look signs and encrypts it."""
    group = ("--group", "team")
    succeed(home, "watch", *watched, "--once", "--keep", *group)

    (row,) = succeed(home, "list", "--group", "team", "--json").json["rows"]
    assert row["status"] == "pending"
    assert succeed(home, "list", "--json").json["total"] == 0
    assert public_to_nobody(home, row["cid"])

    succeed(home, "watch", *watched, "--once", "--public")

    assert succeed(home, "list", "--json").json["total"] == 0
    succeed(home, "watch", *watched, "--once", *group)
    (row,) = succeed(home, "list", "--group", "team", "--json").json["rows"]
    assert row["status"] == "anchored"


def test_the_group_of_the_settings_holds_for_what_is_watched(home: Path, watched: list[str]):
    chosen = {"PERFLEDGER_GROUP": "team"}

    succeed(home, "watch", *watched, "--once", **chosen)

    assert succeed(home, "list", "--json").json["total"] == 0
    assert succeed(home, "list", "--encrypted", "--json").json["total"] == 1


def public_to_nobody(home: Path, cid: str) -> bool:
    """Whether the folder of groups alone holds the name, and no address of the app tells it."""
    with Node(load(home)) as node:
        told = said_by(node, [CANARY, cid], plain=[cid])
    places = {path.relative_to(home).parts[0] for path in found_in(home, CANARY)}
    assert (places, told) == ({"groups"}, [])
    return True
