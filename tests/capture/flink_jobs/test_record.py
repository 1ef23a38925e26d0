"""What an archive of Flink tells becomes a record, and nothing that is nobody's business."""

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ledger.capture.entries import Entry
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.flink_jobs import archive as archives_of_flink
from ledger.capture.flink_jobs.archive import Archive
from ledger.capture.flink_jobs.archive import archive_in
from ledger.capture.flink_jobs.archive import is_archive
from ledger.capture.flink_jobs.errors import FlinkJobError
from ledger.capture.flink_jobs.errors import NeverRanError
from ledger.capture.flink_jobs.errors import NotTerminalError
from ledger.capture.flink_jobs.names import harmless_name
from ledger.capture.flink_jobs.recording import read_job
from ledger.capture.flink_jobs.settings_kept import KEPT
from ledger.capture.flink_jobs.settings_kept import OF_EXECUTION
from ledger.record.schema import EventLogOrigin
from ledger.record.schema import Record
from ledger.record.schema import Status
from tests.capture.flink_jobs import archives

AT = f"/jobs/{archives.JOB}"


def read(told: archives.Value, log_map: EventLogMap | None = None) -> Record:
    return read_job(Archive(archives.archive(told), archives.JOB), log_map or EventLogMap())


def entry(data: bytes) -> Entry:
    return Entry("", "archive", len(data), lambda: io.BytesIO(data))


def test_job_cluster_and_time_are_those_that_flink_tells():
    record = read(archives.answers())

    assert record.job.name == "wordcount"
    assert (record.job.framework.name, record.job.framework.version) == ("flink", "1.17.2")
    assert (record.runtime_seconds, record.status) == (90.5, Status.SUCCEEDED)
    assert record.started_at is not None
    assert record.started_at.timestamp() == archives.START / 1000
    # Two task managers on one host, one on another.
    assert record.cluster.nodes == 2
    assert record.cluster.cores_per_node == 2 * 4
    assert record.cluster.memory_bytes_per_node == 2 * (2 << 30)


def test_vertices_are_stages_and_what_is_between_them_is_a_shuffle():
    record = read(archives.answers())

    assert record.metrics is not None
    assert record.metrics.model_dump() == {
        "shuffle_read_bytes": 4990,
        "shuffle_written_bytes": 5000,
        "busy_seconds": 42.0,
        "backpressured_seconds": 1.5,
        "restarts": 2,
        "checkpoints": 7,
    }
    first, second = record.stages
    assert (first.name, first.runtime_seconds, first.tasks) == (
        "Source: lines -> Flat Map",
        60.0,
        2,
    )
    assert first.metrics is not None
    assert (first.metrics.written_records, first.metrics.busy_seconds) == (400, None)
    assert second.metrics is not None
    assert (second.metrics.read_records, second.metrics.written_records) == (400, None)


def test_what_sources_count_is_the_input_of_a_job_that_succeeded():
    told = archives.answers()
    told[AT]["vertices"][0]["metrics"] |= {"read-records": 1000, "read-bytes": 20_000}
    failed = archives.answers(state="FAILED", vertices=told[AT]["vertices"])

    assert read(told).input.model_dump() == {
        "size_bytes": 20_000,
        "characteristics": {"records": 1000},
    }
    assert read(failed).input.model_dump() == {}


@pytest.mark.parametrize(
    ("state", "status"), [("FAILED", Status.FAILED), ("CANCELED", Status.KILLED)]
)
def test_how_it_ended(state: str, status: Status):
    assert read(archives.answers(state=state)).status is status


def test_failures_count_for_the_vertex_they_hit():
    told = archives.answers(state="FAILED")
    name = "Keyed Aggregation -> Sink: counts"
    told[f"{AT}/exceptions"]["exceptionHistory"]["entries"] = [
        {"taskName": f"{name} (1/2) - execution #0", "stacktrace": "of secret-customer-42"},
        {
            "taskName": f"{name} (2/2)",
            "concurrentExceptions": [{"taskName": f"{name} (1/2) - execution #1"}],
        },
        {"taskName": None, "exceptionName": "of the job itself"},
    ]

    record = read(told)

    assert [stage.failed_tasks for stage in record.stages] == [0, 3]
    assert "secret-customer-42" not in record.model_dump_json()


def test_hosts_paths_parameters_and_credentials_stay_out():
    text = read(archives.answers()).model_dump_json()

    for private in ("worker-1", "hdfs://", "/data/mine", "hunter2", "wJalrXUtnFEMI", "/opt/flink"):
        assert private not in text
    assert json.loads(text)["configuration"] == {
        "taskmanager.numberOfTaskSlots": "4",
        "taskmanager.memory.process.size": "2 gb",
        "execution-mode": "PIPELINED",
        "job-parallelism": 2,
        "object-reuse-mode": False,
    }


def test_a_map_adds_parameters_by_the_name_of_the_job():
    log_map = EventLogMap.model_validate(
        {
            "fields": {"cluster.machine_type": {"constant": "m5.xlarge"}},
            "application": [
                {
                    "names": ["word*"],
                    "fields": {
                        "job.name": {"constant": "words"},
                        "job.parameters.top": {"column": "parameter.top", "type": "integer"},
                        "job.parameters.slots": {"column": "taskmanager.numberOfTaskSlots"},
                        "job.parameters.password": {"column": "parameter.db.password"},
                    },
                }
            ],
        }
    )

    record = read(archives.answers(), log_map)

    assert record.job.name == "words"
    assert record.cluster.machine_type == "m5.xlarge"
    assert record.job.parameters == {"top": 5, "slots": 4, "password": "[redacted]"}


def test_a_map_that_does_not_fit_is_named():
    log_map = EventLogMap.model_validate(
        {"fields": {"job.parameters.k": {"column": "parameter.k"}}}
    )

    with pytest.raises(FlinkJobError, match="parameter") as refused:
        read(archives.answers(), log_map)
    assert "docs/flink.md" in refused.value.hint


def test_the_archive_is_named_by_its_digest():
    data = archives.archive(archives.answers())

    origin = read_job(Archive(data, ""), EventLogMap()).origin

    assert isinstance(origin, EventLogOrigin)
    assert origin.application_id == archives.JOB
    assert origin.sha256 == hashlib.sha256(data).hexdigest()


def test_one_that_still_runs_is_no_record():
    with pytest.raises(NotTerminalError, match="RUNNING"):
        read(archives.answers(state="RUNNING"))


def test_one_that_never_ran_has_no_cluster():
    told = archives.answers(state="FAILED")
    del told[f"{AT}/vertices/{archives.SOURCE}"]
    del told[f"{AT}/vertices/{archives.SINK}"]

    with pytest.raises(NeverRanError):
        read(told)


def test_what_flink_does_not_tell_is_absent():
    told = archives.answers()
    kept = {path: told[path] for path in told if path == AT or "/vertices/" in path}
    kept[AT] = {**told[AT], "plan": None}
    kept[f"{AT}/jobmanager/environment"] = {"classpath": 5}

    record = read(kept)

    assert record.job.framework.version is None
    assert (record.cluster.nodes, record.cluster.cores_per_node) == (2, None)
    assert record.metrics is not None
    assert record.metrics.checkpoints is None


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b'{"archive": 5}',
        b'{"archive": [{"path": "/jobs/overview"}]}',
        b'{"archive": [{"path": 1, "json": 2}]}',
        archives.archive(archives.answers())[:-200],
        archives.archive({**archives.answers("a" * 32), **archives.answers("d" * 32)}),
    ],
)
def test_what_is_no_archive_of_one_job_is_refused_with_a_hint(data: bytes):
    with pytest.raises(FlinkJobError) as refused:
        Archive(data, "file")
    assert refused.value.hint


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (AT, {"state": "FINISHED", "vertices": [3]}),
        (AT, {"state": "FINISHED", "start-time": "soon"}),
        (AT, {"state": "FINISHED", "start-time": 10**15, "end-time": 10**15}),
        (f"{AT}/vertices/{archives.SINK}", {"subtasks": "many"}),
        (f"{AT}/jobmanager/config", {"key": "value"}),
        (f"{AT}/checkpoints", {"counts": {"completed": "many"}}),
        (f"{AT}/exceptions", {"exceptionHistory": {"entries": ["one"]}}),
    ],
)
def test_answers_of_another_shape_are_refused(path: str, value: Any):
    with pytest.raises(FlinkJobError):
        read({**archives.answers(), path: value})


def test_an_archive_of_any_length_is_not_read(monkeypatch: pytest.MonkeyPatch):
    data = archives.archive(archives.answers())
    monkeypatch.setattr(archives_of_flink, "MAX_ARCHIVE_BYTES", len(data) - 1)

    with pytest.raises(FlinkJobError, match="more than"):
        archive_in(entry(data))


def test_an_archive_is_found_out_by_its_beginning():
    assert is_archive(entry(archives.archive({})))
    assert not is_archive(entry(b'{"job": {"name": "sort"}}'))
    assert not is_archive(entry(b""))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Source: lines -> Flat Map", "Source: lines -> Flat Map"),
        ("Source: file:/home/mia/words.txt", "Source: words.txt"),
        ("Reader(/home/mia/words.txt)", "Reader(words.txt)"),
        ("Map/Reduce (tuple, key)", "Map/Reduce (tuple, key)"),
        (
            "Calc(select=[name, age], where=[(name = 'Mia')]) -> Sink(table=[t], fields=[a])",
            "Calc -> Sink",
        ),
        ("Fetch --password hunter2", "Fetch --password [redacted]"),
        ("/", "vertex"),
    ],
)
def test_names_of_vertices_lose_paths_queries_and_credentials(name: str, kept: str):
    assert harmless_name(name) == kept


def test_the_settings_that_are_kept_are_documented():
    page = (Path(__file__).parents[3] / "docs" / "flink.md").read_text()

    assert re.findall(r"^- `(\S+)`$", page, re.MULTILINE) == [*OF_EXECUTION, *KEPT]
