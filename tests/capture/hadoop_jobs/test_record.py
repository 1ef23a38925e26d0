"""What Hadoop tells of a job becomes a record, and nothing that is nobody's business."""

import re
from pathlib import Path
from typing import Any

import pytest

from ledger.capture.event_log_map import EventLogMap
from ledger.capture.hadoop_jobs import mapreduce
from ledger.capture.hadoop_jobs.application import read_application
from ledger.capture.hadoop_jobs.errors import HadoopJobError
from ledger.capture.hadoop_jobs.errors import NoNodesError
from ledger.capture.hadoop_jobs.errors import NotTerminalError
from ledger.capture.hadoop_jobs.mapreduce import read_mapreduce
from ledger.capture.hadoop_jobs.nodes import Size
from ledger.capture.hadoop_jobs.nodes import sizes_of
from ledger.capture.hadoop_jobs.settings_kept import KEPT
from ledger.record.schema import Record
from ledger.record.schema import Status
from tests.capture.hadoop_jobs import answers
from tests.capture.hadoop_jobs.answers import APP
from tests.capture.hadoop_jobs.answers import AT

GIBIBYTE = 1 << 30
NODES = [Size(8, 16 * GIBIBYTE), Size(8, 16 * GIBIBYTE), Size(4, 8 * GIBIBYTE)]


def read(
    told: answers.Value, log_map: EventLogMap | None = None, sizes: list[Size] | None = None
) -> Record:
    return read_mapreduce(answers.Told(answers.JOB, told), log_map or EventLogMap(), sizes or [])


def read_app(
    told: answers.Value, log_map: EventLogMap | None = None, sizes: list[Size] | None = None
) -> Record:
    told_of = answers.Told(answers.APPLICATION, told)
    return read_application(told_of, log_map or EventLogMap(), NODES if sizes is None else sizes)


def test_job_cluster_and_time_are_those_that_the_history_tells():
    record = read(answers.mapreduce())

    assert record.job.name == "sort of mia"
    assert (record.job.framework.name, record.job.framework.version) == ("hadoop", "3.3.6")
    assert (record.runtime_seconds, record.status) == (45.5, Status.SUCCEEDED)
    assert record.cluster.model_dump() == {
        "nodes": 3,
        "cores_per_node": 8,
        "memory_bytes_per_node": 16 * GIBIBYTE,
    }
    assert record.input.size_bytes == 5_900


def test_counters_are_metrics():
    metrics = read(answers.mapreduce()).metrics

    assert metrics is not None
    assert metrics.model_dump() == {
        "cpu_seconds": 40.0,
        "read_bytes": 6_000,
        "written_bytes": 4_000,
        "shuffle_read_bytes": 600,
        "shuffle_written_bytes": 610,
        "gc_seconds": 1.5,
        "read_records": 60,
        "written_records": 59,
        "spilled_records": 120,
        "reserved_core_seconds": 60.0,
        "reserved_memory_byte_seconds": 60.0 * GIBIBYTE,
    }


def test_map_and_reduce_are_stages():
    first, second = read(answers.mapreduce()).stages

    assert (first.name, first.runtime_seconds, first.tasks, first.failed_tasks) == ("map", 31, 2, 1)
    assert (second.name, second.runtime_seconds, second.failed_tasks) == ("reduce", 10, 0)
    assert first.metrics is not None
    assert first.metrics.read_bytes == 6_000
    assert second.metrics is not None
    assert (second.metrics.shuffle_read_bytes, second.metrics.written_records) == (600, 59)


def test_a_job_without_reduces_writes_what_its_maps_put_out():
    told = answers.mapreduce(reducesTotal=0)
    told[f"{AT}/tasks"]["tasks"]["task"].pop()

    record = read(told)

    assert [stage.name for stage in record.stages] == ["map"]
    assert record.metrics is not None
    assert (record.metrics.written_records, record.metrics.shuffle_written_bytes) == (60, None)


@pytest.mark.parametrize(
    ("state", "status"),
    [("FAILED", Status.FAILED), ("ERROR", Status.FAILED), ("KILLED", Status.KILLED)],
)
def test_a_job_that_did_not_succeed_says_nothing_of_its_input(state: str, status: Status):
    record = read(answers.mapreduce(state=state))

    assert record.status is status
    assert record.input.size_bytes is None


def test_nodes_are_as_large_as_most_are_where_a_resource_manager_says():
    record = read(answers.mapreduce(), sizes=[*NODES[1:], Size(4, 8 * GIBIBYTE)])

    assert record.cluster.nodes == 3
    assert (record.cluster.cores_per_node, record.cluster.memory_bytes_per_node) == (
        4,
        8 * GIBIBYTE,
    )


def test_only_nodes_that_are_up_count():
    node = {"usedVirtualCores": 3, "availableVirtualCores": 5, "usedMemoryMB": 0}
    listed = [
        {**node, "state": "RUNNING", "availMemoryMB": 1024},
        {**node, "state": "LOST", "availMemoryMB": 2048},
    ]

    assert sizes_of(listed) == [Size(8, GIBIBYTE)]


def test_of_very_many_tasks_some_are_asked_where_they_ran(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mapreduce, "MOST_TASKS_ASKED", 2)

    assert read(answers.mapreduce()).cluster.nodes == 3  # of the first and the third task


def test_users_hosts_paths_queues_and_credentials_stay_out():
    told = [read(answers.mapreduce(name="sort")), read_app(answers.application())]

    for record in told:
        text = record.model_dump_json()
        for private in ("mia", "worker", "hdfs://", "marketing", "wJalrXUtn", "customer", "my.job"):
            assert private not in text


def test_a_map_adds_parameters_out_of_the_settings_of_the_job():
    log_map = EventLogMap.model_validate(
        {
            "application": [
                {
                    "names": ["sort*"],
                    "fields": {
                        "job.name": {"constant": "sort"},
                        "job.parameters.k": {"column": "my.job.k", "type": "integer"},
                        "job.parameters.key": {"column": "fs.s3a.secret.key"},
                    },
                }
            ],
        }
    )

    record = read(answers.mapreduce(), log_map)

    assert record.job.name == "sort"
    assert record.job.parameters == {"k": 5, "key": "[redacted]"}


def test_an_application_of_another_kind_is_what_the_resource_manager_says():
    record = read_app(answers.application())

    assert (record.job.name, record.job.framework.name) == ("query-17", "tez")
    assert (record.runtime_seconds, record.status) == (60.0, Status.SUCCEEDED)
    assert record.cluster.model_dump() == {
        "nodes": 3,
        "cores_per_node": 8,
        "memory_bytes_per_node": 16 * GIBIBYTE,
    }
    assert record.metrics is not None
    assert record.metrics.model_dump() == {
        "reserved_core_seconds": 120.0,
        "reserved_memory_byte_seconds": 61_440.0 * (1 << 20),
    }


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"finalStatus": "FAILED"}, Status.FAILED),
        ({"finalStatus": "UNDEFINED"}, Status.FAILED),
        ({"state": "KILLED", "finalStatus": "KILLED"}, Status.KILLED),
        ({"finalStatus": "ENDED"}, Status.SUCCEEDED),
    ],
)
def test_how_an_application_ended(said: dict[str, Any], status: Status):
    assert read_app(answers.application(**said)).status is status


def test_what_still_runs_is_no_record():
    with pytest.raises(NotTerminalError):
        read(answers.mapreduce(state="RUNNING"))
    with pytest.raises(NotTerminalError):
        read_app(answers.application(state="RUNNING"))


def test_without_nodes_there_is_no_record_unless_a_map_says_how_many():
    told = answers.mapreduce()
    told[f"{AT}/tasks"] = {"tasks": None}
    log_map = EventLogMap.model_validate({"fields": {"cluster.nodes": {"constant": 4}}})

    with pytest.raises(NoNodesError) as refused:
        read(told)
    assert "docs/hadoop.md" in refused.value.hint
    with pytest.raises(NoNodesError):
        read_app(answers.application(), sizes=[])
    assert read(told, log_map).cluster.nodes == 4


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (AT, {"job": {"state": 5}}),
        (AT, {"job": {"state": "SUCCEEDED", "startTime": "soon"}}),
        (f"{AT}/counters", {"jobCounters": {"counterGroup": [3]}}),
        (f"{AT}/tasks", {"tasks": {"task": "many"}}),
        (f"{AT}/conf", {"conf": {"property": {}}}),
        (
            f"{AT}/tasks/task_1700000000000_0001_m_000000/attempts",
            {"taskAttempts": {"taskAttempt": 1}},
        ),
    ],
)
def test_answers_of_another_shape_are_refused(path: str, value: Any):
    with pytest.raises(HadoopJobError) as refused:
        read({**answers.mapreduce(), path: value})
    assert refused.value.hint


@pytest.mark.parametrize("about", [None, {"state": "FINISHED", "startedTime": 10**15}])
def test_an_application_of_another_shape_is_refused(about: Any):
    with pytest.raises(HadoopJobError):
        read_app({APP: {"app": about}})


def test_the_settings_that_are_kept_are_documented():
    page = (Path(__file__).parents[3] / "docs" / "hadoop.md").read_text()

    assert re.findall(r"^- `(\S+)`$", page, re.MULTILINE) == list(KEPT)
