"""What the record of an event log says, and when there is none."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.capture.spark_events.errors import EventLogError
from ledger.capture.spark_events.errors import MalformedEventError
from ledger.capture.spark_events.errors import NoApplicationError
from ledger.capture.spark_events.errors import NoExecutorsError
from ledger.capture.spark_events.errors import NotFinishedError
from ledger.capture.spark_events.reading import Reading
from ledger.capture.spark_events.reading import read_log
from ledger.capture.spark_events.settings_kept import KEPT
from ledger.record.schema import EventLogOrigin
from ledger.record.schema import Metrics
from ledger.record.schema import Record
from ledger.record.schema import Status
from tests.capture.spark_events import logs
from tests.capture.spark_events.logs import MIB
from tests.capture.spark_events.logs import START


def record_of(*events: logs.Event, killed: bool = False) -> Record:
    return read_log(logs.log_of(logs.text(events)), Reading(killed=killed))


def test_an_application_is_one_record():
    record = record_of(*logs.run(logs.job_start(), *logs.stage(), logs.job_end()))

    assert (record.job.name, record.job.framework.name) == ("wordcount", "spark")
    assert record.job.framework.version == "3.5.1"
    assert record.started_at is not None
    assert record.started_at.timestamp() * 1000 == START
    assert (record.runtime_seconds, record.status) == (10.0, Status.SUCCEEDED)
    assert isinstance(record.origin, EventLogOrigin)
    assert record.origin.application_id == "application_1700000000000_0001"


def test_usage_is_summed_over_tasks_and_told_by_stage():
    record = record_of(*logs.run(*logs.stage(0, tasks=2), *logs.stage(1, tasks=3, seconds=4)))

    assert record.metrics == Metrics(
        cpu_seconds=10.0,
        read_bytes=0,
        written_bytes=25,
        shuffle_read_bytes=105,
        shuffle_written_bytes=150,
        spilled_bytes=35,
        gc_seconds=0.5,
    )
    first, second = record.stages
    assert (first.name, first.runtime_seconds, first.tasks) == ("count at words.py:0", 2.0, 2)
    assert (second.runtime_seconds, second.tasks, second.failed_tasks) == (4.0, 3, 0)
    assert second.metrics is not None
    assert second.metrics.cpu_seconds == 6.0


def test_failed_attempts_of_tasks_count_and_those_that_lost_a_race_do_not():
    begin, *tasks, end = logs.stage(tasks=2)
    record = record_of(
        *logs.run(
            begin,
            logs.task_end(reason="ExceptionFailure"),
            logs.task_end(reason="TaskKilled"),
            *tasks,
            end,
        )
    )

    assert record.stages[0].failed_tasks == 1


def test_a_task_that_was_lost_with_its_executor_has_no_metrics():
    lost = logs.task_end(reason="ExecutorLostFailure")
    del lost["Task Metrics"]
    begin, *tasks, end = logs.stage(tasks=1)

    record = record_of(*logs.run(begin, lost, *tasks, end))

    assert record.metrics is not None
    assert (record.metrics.cpu_seconds, record.stages[0].failed_tasks) == (2.0, 1)


def test_input_that_is_read_again_counts_once():
    record = record_of(
        *logs.run(
            *logs.stage(0, sources=[5], read=50),
            *logs.stage(1, sources=[5], read=50),
            *logs.stage(2, sources=[6], read=10),
        )
    )

    assert record.input.size_bytes == 120
    assert record.metrics is not None
    assert record.metrics.read_bytes == 220


def test_an_attempt_at_a_stage_that_failed_has_not_read_the_input():
    record = record_of(
        *logs.run(
            *logs.stage(0, sources=[5], read=50, failure="a fetch failed"),
            *logs.stage(0, sources=[5], read=50, attempt=1),
        )
    )

    assert record.input.size_bytes == 100
    assert len(record.stages) == 2


def test_nodes_are_hosts_with_an_executor_at_one_time():
    record = record_of(
        *logs.run(
            logs.executor_removed("1", at=2000),
            logs.executor_added("3", "host-c"),
            logs.executor_added("4", "host-c"),
        )
    )

    assert record.cluster.nodes == 2
    assert record.cluster.cores_per_node == 8
    memory = 2 * (4096 + 409) * MIB  # YARN's overhead is a tenth
    assert record.cluster.memory_bytes_per_node == pytest.approx(memory, rel=0.001)


def test_the_peak_is_what_executors_had_that_were_there_together():
    def peak(executor: str, resident: int) -> logs.Event:
        measured = {"ProcessTreeJVMRSSMemory": resident, "JVMHeapMemory": 9**9}
        return {
            "Event": "SparkListenerStageExecutorMetrics",
            "Executor ID": executor,
            "Stage ID": 0,
            "Stage Attempt ID": 0,
            "Executor Metrics": measured,
        }

    record = record_of(
        *logs.run(
            *logs.stage(),
            peak("1", 100),
            peak("2", 40),
            peak("2", 30),
            logs.executor_removed("1", at=2000),
            logs.executor_added("3", "host-a"),
            peak("3", 70),
            peak("driver", 10**9),
        )
    )

    assert record.metrics is not None
    assert record.metrics.peak_memory_bytes == 140


@pytest.mark.parametrize(
    ("host", "provider", "region"),
    [
        ("ip-10-0-0-1.eu-central-1.compute.internal", "aws", "eu-central-1"),
        ("ip-10-0-0-1.ec2.internal", "aws", "us-east-1"),
        ("job-w-0.europe-west1-b.c.example.internal", "gcp", "europe-west1"),
        ("worker-7.example.org", None, None),
    ],
)
def test_hosts_tell_the_provider_and_are_not_told(
    host: str, provider: str | None, region: str | None
):
    record = record_of(*logs.run(logs.executor_added("3", host)))

    assert (record.cluster.provider, record.cluster.region) == (provider, region)
    assert host not in record.model_dump_json()


def test_settings_that_matter_are_kept_and_others_are_not():
    record = record_of(
        *logs.run(
            **{
                "spark.master": "k8s://https://10.0.0.1:6443",
                "spark.sql.shuffle.partitions": "64",
                "spark.hadoop.fs.s3a.secret.key": "wJalrXUtnFEMI",
            }
        )
    )

    assert record.configuration == {
        "spark.executor.memory": "4g",
        "spark.master": "k8s",
        "spark.sql.shuffle.partitions": "64",
    }
    for private in ("wJalrXUtnFEMI", "somebody", "10.0.0.1", "host-a"):
        assert private not in record.model_dump_json()


FAILED = logs.job_end(failure="Job aborted due to stage failure")
SHUT_DOWN = logs.job_end(failure="Job 0 cancelled because SparkContext was shut down")


@pytest.mark.parametrize(
    ("during", "end", "status"),
    [
        ([logs.job_start(), logs.job_end()], {}, Status.SUCCEEDED),
        ([logs.job_start(), FAILED], {}, Status.FAILED),
        ([logs.job_start(), FAILED], {"ExitCode": 0}, Status.FAILED),
        ([logs.job_start(), logs.job_end()], {"ExitCode": 1}, Status.FAILED),
        ([logs.job_start(), logs.job_end()], {"ExitCode": -1}, Status.FAILED),
        ([FAILED, logs.job_start(1), logs.job_end(1)], {}, Status.SUCCEEDED),
        ([logs.job_start(), SHUT_DOWN], {}, Status.KILLED),
        ([logs.job_start()], {}, Status.KILLED),
    ],
    ids=["well", "failed", "python", "exit", "signal", "recovered", "shut-down", "in-a-job"],
)
def test_how_it_ended(during: list[logs.Event], end: dict[str, int], status: Status):
    record = record_of(*logs.run(*during, end=logs.application_end(**end)))

    assert record.status is status


def test_a_run_that_did_not_succeed_has_no_input_size():
    record = record_of(*logs.run(*logs.stage(sources=[5], read=50), FAILED))

    assert record.input.size_bytes is None


def test_one_without_an_end_is_refused_or_taken_as_killed():
    events = logs.run(*logs.stage(at=3000, seconds=2.5))[:-1]

    with pytest.raises(NotFinishedError, match="application_1700000000000_0001 has no end"):
        record_of(*events)

    record = record_of(*events, killed=True)
    assert (record.status, record.runtime_seconds) == (Status.KILLED, 5.5)


def test_one_that_has_an_end_is_not_killed_by_saying_so():
    assert record_of(*logs.run(), killed=True).status is Status.SUCCEEDED


def test_an_attempt_is_named():
    start = logs.application_start(**{"App Attempt ID": "2"})
    record = record_of(
        logs.log_start(),
        start,
        logs.executor_added("1", "a"),
        logs.application_end(),
    )

    assert isinstance(record.origin, EventLogOrigin)
    assert record.origin.attempt == "2"


def test_what_is_no_application_is_refused():
    with pytest.raises(NoApplicationError, match="no start of an application"):
        record_of(logs.log_start(), logs.application_end())
    with pytest.raises(NoExecutorsError):
        record_of(logs.log_start(), logs.application_start(), logs.application_end())
    with pytest.raises(MalformedEventError, match=r"line 3: .*a second application"):
        record_of(logs.log_start(), logs.application_start(), logs.application_start())


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("Task Info", "Finish Time"), "soon", "Finish Time is no number"),
        (("Task Info", "Finish Time"), 1 << 60, "beyond all measure"),
        (("Task Metrics", "Executor CPU Time"), True, "Executor CPU Time is no number"),
        (("Task Metrics", "Executor CPU Time"), float("nan"), "beyond all measure"),
        (("Task End Reason", "Reason"), ["Success"], "Reason is no text"),
    ],
)
def test_an_event_that_holds_what_spark_does_not_write_is_named_with_its_line(
    path: tuple[str, str], value: object, reason: str
):
    begin, task, end = logs.stage(tasks=1)
    task[path[0]][path[1]] = value

    with pytest.raises(MalformedEventError, match=reason) as refused:
        record_of(*logs.run(begin, task, end))
    assert refused.value.line == 7


def test_sums_beyond_what_json_holds_are_refused():
    tasks = [logs.task_end(**{"Disk Bytes Spilled": (1 << 53) - 1}) for _ in range(2)]

    with pytest.raises(EventLogError, match="more than anything holds"):
        record_of(*logs.run(*tasks))


def test_of_very_many_stages_the_longest_are_told_in_order():
    stages = [event for each in range(400) for event in logs.stage(each, seconds=1 + each % 300)]

    record = record_of(*logs.run(*stages))

    assert len(record.stages) == 256
    names = [int(stage.name.rpartition(":")[2]) for stage in record.stages]
    assert names == sorted(names)
    assert min(stage.runtime_seconds for stage in record.stages) > 70
    assert record.metrics is not None
    assert record.metrics.cpu_seconds == 1600.0


@pytest.mark.parametrize(
    ("version", "end"),
    [("2.4.8", {}), ("3.5.1", {}), ("4.1.0", {"ExitCode": 0})],
)
def test_every_version_of_the_format_is_read(version: str, end: dict[str, int]):
    """2.4 tells less of executors and tasks, 4 more; what they share is the same."""
    begin, task, done = logs.stage(tasks=1)
    added = logs.executor_added("3", "host-c")
    if version > "3":
        task["Task Executor Metrics"] = {"JVMHeapMemory": 5}
        added["Executor Info"] |= {"Attributes": {}, "Resources": {}, "Resource Profile Id": 0}
    if version > "4":
        task["Task Metrics"]["Shuffle Push Read Metrics"] = {"Merged Fetch Fallback Count": 0}
    unknown = {"Event": "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd"}

    record = record_of(
        *logs.run(
            added, unknown, begin, task, done, version=version, end=logs.application_end(**end)
        )
    )

    assert record.job.framework.version == version
    assert record.cluster.nodes == 3
    assert record.stages[0].tasks == 1


def test_the_settings_that_are_kept_are_documented():
    page = (Path(__file__).parents[3] / "docs" / "spark.md").read_text()

    assert re.findall(r"^- `(spark\.\S+)`$", page, re.MULTILINE) == list(KEPT)


@given(name=st.text(max_size=300))
def test_whatever_an_application_and_its_stages_are_called_they_are_a_record(name: str):
    begin, *tasks, end = logs.stage()
    begin["Stage Info"]["Stage Name"] = name

    record = record_of(*logs.run(begin, *tasks, end, name=name))

    assert record.job.name
    assert record.stages[0].name


def test_credentials_in_names_are_hidden():
    begin, *tasks, end = logs.stage()
    begin["Stage Info"]["Stage Name"] = "load s3a://AKIAIOSFODNN7EXAMPLE:geheim@bucket/x"

    record = record_of(*logs.run(begin, *tasks, end, name="load password=geheim"))

    assert record.job.name == "load password=[redacted]"
    assert "geheim" not in record.model_dump_json()
    assert "AKIA" not in record.model_dump_json()
