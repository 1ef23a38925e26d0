"""A MapReduce job, as the JobHistory server tells of it.

Source: "MapReduce History Server REST API's" of Apache Hadoop.
"""

from typing import Any
from urllib.parse import quote

from ledger.capture.answers import Answers
from ledger.capture.answers import objects_in
from ledger.capture.completing import harmless
from ledger.capture.completing import moment_of
from ledger.capture.completing import record_of_job
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of
from ledger.capture.hadoop_jobs.counters import Counters
from ledger.capture.hadoop_jobs.errors import HadoopJobError
from ledger.capture.hadoop_jobs.errors import MalformedAnswerError
from ledger.capture.hadoop_jobs.errors import NoNodesError
from ledger.capture.hadoop_jobs.errors import NotTerminalError
from ledger.capture.hadoop_jobs.nodes import Size
from ledger.capture.hadoop_jobs.nodes import host_of
from ledger.capture.hadoop_jobs.nodes import usual
from ledger.capture.hadoop_jobs.settings_kept import kept_settings
from ledger.capture.hadoop_jobs.settings_kept import settings_in
from ledger.capture.hadoop_jobs.stages import stages_of
from ledger.capture.hadoop_jobs.usage import usage_of_job
from ledger.capture.redaction import redact_text
from ledger.capture.whereabouts import whereabouts
from ledger.record.schema import Record
from ledger.record.schema import Status

HISTORY = "/ws/v1/history"
JOBS = f"{HISTORY}/mapreduce/jobs"

STATUSES = {
    "SUCCEEDED": Status.SUCCEEDED,
    "FAILED": Status.FAILED,
    "ERROR": Status.FAILED,
    "KILLED": Status.KILLED,
}

MOST_TASKS_ASKED = 1_000
"""Of so many tasks the hosts are asked for, spread over all: one request each."""

_MOST_NAME = 256


def read_mapreduce(answers: Answers, log_map: EventLogMap, sizes: list[Size]) -> Record:
    """The record of a job.

    Args:
        answers: of the JobHistory server.
        log_map: what jobs are called otherwise, and what their parameters are.
        sizes: of the nodes of the cluster, where a ResourceManager tells them.

    Raises:
        HadoopJobError: the job has not ended, no record can be made of it, or the map does not fit.
        UnavailableError: an answer cannot be had now.
    """
    at = f"{JOBS}/{quote(answers.identifier, safe='')}"
    try:
        about = part_of(answers.of(at), "job")
        state = text_of(about, "state")
        if state not in STATUSES:
            raise NotTerminalError(answers.identifier, state)
        settings = settings_in(answers.of(f"{at}/conf"))
        value = _plain(answers, at, about, settings, sizes)
        name = text_of(about, "name")
    except ValueError as error:
        raise MalformedAnswerError(at, str(error)) from error
    return record_of_job(
        value,
        log_map,
        harmless({**settings, "job.name": name}),
        fault=HadoopJobError,
        page="docs/hadoop.md",
        without_nodes=NoNodesError(answers.identifier),
    )


def _plain(
    answers: Answers, at: str, about: Any, settings: dict[str, str], sizes: list[Size]
) -> dict[str, Any]:
    tasks = objects_in(part_of(answers.of(f"{at}/tasks"), "tasks", "task"))
    counters = Counters(answers.of(f"{at}/counters"))
    hosts = _hosts(answers, at, tasks)
    size, place = usual(sizes, settings), whereabouts({}, min(hosts, default=""))
    started = count_of(about, "startTime") or count_of(about, "submitTime")
    status = STATUSES[text_of(about, "state")]
    value: dict[str, Any] = {
        "job": {
            "name": redact_text(text_of(about, "name").strip())[:_MOST_NAME].strip()
            or answers.identifier,
            "framework": {"name": "hadoop", "version": _version(answers)},
        },
        "cluster": {
            "nodes": len(hosts),
            "cores_per_node": size.cores or None,
            "memory_bytes_per_node": size.memory_bytes or None,
            "provider": place.provider,
            "region": place.region,
            "machine_type": place.machine_type,
        },
        "configuration": kept_settings(settings),
        "started_at": moment_of(started),
        "runtime_seconds": max(0, count_of(about, "finishTime") - started) / 1000,
        "status": status,
        "metrics": usage_of_job(counters, reduces=count_of(about, "reducesTotal") > 0),
        "stages": stages_of(about, tasks, counters),
        "origin": {"kind": "event-log", "application_id": answers.identifier},
    }
    # What a run that was cut short had read by then is not the size of its input.
    if status is Status.SUCCEEDED and counters.input_bytes():
        value["input"] = {"size_bytes": counters.input_bytes()}
    return value


def _hosts(answers: Answers, at: str, tasks: list[dict[str, Any]]) -> set[str]:
    step = max(1, -(-len(tasks) // MOST_TASKS_ASKED))
    found = set()
    for task in tasks[::step]:
        path = f"{at}/tasks/{quote(text_of(task, 'id'), safe='')}/attempts"
        for attempt in objects_in(part_of(answers.of(path), "taskAttempts", "taskAttempt")):
            found.add(host_of(attempt))
    return found - {""}


def _version(answers: Answers) -> str | None:
    about = part_of(answers.of(f"{HISTORY}/info"), "historyInfo")
    return text_of(about, "hadoopVersion", most=64) or None
