"""Jobs that real Hadoop runs are taken from its JobHistory server and its ResourceManager."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.watch.hadoop_server import ResourceManager
from ledger.watch.rest import RestURLError
from tests.capture.hadoop_jobs.cluster import CLIENT
from tests.capture.hadoop_jobs.cluster import CORES
from tests.capture.hadoop_jobs.cluster import EXAMPLES
from tests.capture.hadoop_jobs.cluster import HISTORY
from tests.capture.hadoop_jobs.cluster import MANAGER
from tests.capture.hadoop_jobs.cluster import MEMORY_MB
from tests.capture.hadoop_jobs.cluster import SECONDS
from tests.capture.hadoop_jobs.cluster import Cluster
from tests.capture.hadoop_jobs.cluster import cluster
from tests.cli.command import succeed
from tests.cli.running import eventually

WORDS = 20_000
MEBIBYTE = 1 << 20
MAP = """
[event_logs.fields]
"job.parameters.sort_mb" = { column = "mapreduce.task.io.sort.mb", type = "integer" }
"""


def finished(process: Any) -> int:
    _, _ = process.communicate(timeout=SECONDS)
    return int(process.returncode)


def apps(running: Cluster, name: str, state: str) -> list[dict[str, Any]]:
    """The applications on YARN whose names begin so."""
    said = json.loads(running.asked(f"{MANAGER}/ws/v1/cluster/apps?states={state}") or "{}")
    listed = (said.get("apps") or {}).get("app", [])
    return [each for each in listed if each["name"].startswith(name)]


def run_jobs(running: Cluster, folder: Path) -> None:
    """One that succeeds with a shuffle, one whose input is damaged, one that is killed."""
    words, damaged = folder / "words.txt", folder / "damaged.gz"
    words.write_text("".join(f"word-{number % 100}\n" for number in range(WORDS)))
    damaged.write_bytes(gzip.compress(bytes(100_000))[:60])
    once = "mapreduce.map.maxattempts=1"
    count = (EXAMPLES, "wordcount", "-D", once)
    one = running.started(*count, words.as_uri(), (folder / "counts").as_uri())
    two = running.started(*count, damaged.as_uri(), (folder / "no").as_uri())
    assert (finished(one) == 0, finished(two) == 0) == (True, False)
    endless = running.started(EXAMPLES, "pi", "1", "2000000000")
    (job,) = eventually(
        lambda: [each["id"] for each in apps(running, "QuasiMonteCarlo", "RUNNING")]
    )
    assert finished(running.started(CLIENT, "-kill", job.replace("application", "job"))) == 0
    assert finished(endless) != 0
    eventually(lambda: running.asked(f"{HISTORY}/ws/v1/history/mapreduce/jobs").count('"id"') == 3)
    eventually(lambda: not apps(running, "", "RUNNING"))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """What dry runs show: of the JobHistory server, and of the ResourceManager."""
    folder = tmp_path_factory.mktemp("hadoop")
    (folder / "cluster").mkdir()
    (folder / "map.toml").write_text(MAP)
    home = folder / "home"
    succeed(home, "init")
    with cluster(folder / "cluster") as running:
        run_jobs(running, folder)

        def dry(url: str, *more: str | Path) -> list[dict[str, Any]]:
            command = ("watch", "hadoop", url, "--dry-run", "--json")
            said = running.perfledger(home, *command, *more)
            return [json.loads(line) for line in said.splitlines()]

        yield {
            "history": dry(HISTORY, "--resource-manager", MANAGER, "--map", folder / "map.toml"),
            "manager": dry(MANAGER, "--type", "mapreduce"),
            "other": dry(MANAGER, "--type", "tez"),
        }


def records(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert {each["state"] for each in told} == {"taken"}
    # Two of them are submitted at once: which is started first is for the cluster to say.
    order = ("succeeded", "failed", "killed")
    return sorted(
        (each["record"] for each in told),
        key=lambda record: (order.index(record.get("status", "succeeded")), record["started_at"]),
    )


@pytest.mark.long
@pytest.mark.slow
def test_a_mapreduce_job_tells_its_counters_its_cluster_and_its_stages(
    shown: dict[str, list[dict[str, Any]]],
):
    record = records(shown["history"])[0]

    assert record["job"] == {
        "name": "word count",
        "framework": {"name": "hadoop", "version": "3.4.2"},
        "parameters": {"sort_mb": 10},
    }
    assert record["input"]["size_bytes"] == len("word-10\n") * WORDS - WORDS // 10
    assert record["cluster"] == {
        "nodes": 1,
        "cores_per_node": CORES,
        "memory_bytes_per_node": MEMORY_MB * MEBIBYTE,
    }
    metrics = record["metrics"]
    assert (metrics["read_records"], metrics["written_records"]) == (WORDS, 100)
    assert metrics["shuffle_read_bytes"] == metrics["shuffle_written_bytes"] > 0
    assert metrics["reserved_core_seconds"] > 0
    assert metrics["reserved_memory_byte_seconds"] > 256 * MEBIBYTE
    assert metrics["cpu_seconds"] > 0
    assert [(stage["name"], stage["tasks"]) for stage in record["stages"]] == [
        ("map", 1),
        ("reduce", 1),
    ]
    assert record["configuration"]["mapreduce.map.memory.mb"] == "256"
    assert sum(stage["runtime_seconds"] for stage in record["stages"]) < record["runtime_seconds"]


@pytest.mark.slow
def test_jobs_that_failed_or_were_killed_are_records_too(shown: dict[str, list[dict[str, Any]]]):
    by_state = {record.get("status"): record for record in records(shown["history"])}

    assert set(by_state) == {"succeeded", "failed", "killed"}
    failed = by_state["failed"]
    assert failed["stages"][0]["failed_tasks"] == 1
    assert "input" not in failed
    assert by_state["killed"]["job"]["name"] == "QuasiMonteCarlo"


@pytest.mark.slow
def test_the_resource_manager_tells_less_of_the_same(shown: dict[str, list[dict[str, Any]]]):
    told = records(shown["manager"])

    assert len(told) == 3
    assert {record["status"] for record in told} == {"succeeded", "failed", "killed"}
    for record in told:
        assert record["job"]["framework"]["name"] == "hadoop"
        assert record["cluster"]["nodes"] == 1
        assert record["metrics"]["reserved_core_seconds"] > 0
    assert shown["other"] == []


@pytest.mark.slow
def test_users_hosts_paths_and_queues_stay_out(shown: dict[str, list[dict[str, Any]]]):
    for record in (*records(shown["history"]), *records(shown["manager"])):
        text = json.dumps(record)
        for private in ("root", "localhost", "127.0.0.1", "words.txt", "damaged", "default"):
            assert private not in text


def test_what_is_no_url_of_a_server_is_refused_without_its_password():
    with pytest.raises(RestURLError, match="ResourceManager") as refused:
        ResourceManager("http://somebody:secret@manager.example")
    assert "secret" not in refused.value.diagnostics()
