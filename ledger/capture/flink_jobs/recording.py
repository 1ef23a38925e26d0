"""The record of a job."""

from typing import Any

from ledger.capture.answers import Answers
from ledger.capture.completing import harmless
from ledger.capture.completing import moment_of
from ledger.capture.completing import record_of_job
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.figures import part_of
from ledger.capture.flink_jobs.errors import FlinkJobError
from ledger.capture.flink_jobs.errors import NeverRanError
from ledger.capture.flink_jobs.job import Job
from ledger.capture.flink_jobs.settings_kept import kept_settings
from ledger.capture.flink_jobs.usage import stages_of
from ledger.capture.flink_jobs.usage import usage_of
from ledger.capture.redaction import redact_text
from ledger.capture.whereabouts import whereabouts
from ledger.record.schema import Metrics
from ledger.record.schema import Record
from ledger.record.schema import Status

_MOST_NAME = 256
_MOST_PARAMETERS = 1_000


def read_job(answers: Answers, log_map: EventLogMap) -> Record:
    """The record of the job that answers are about.

    Args:
        answers: of a server, or in an archive.
        log_map: what jobs are called otherwise, and what their parameters are.

    Raises:
        FlinkJobError: the job has not ended, no record can be made of it, or the map does not fit.
        UnavailableError: an answer cannot be had now.
    """
    job = Job(answers)
    try:
        value = _plain(job)
    except ValueError as error:
        raise FlinkJobError(
            f"the job {job.identifier} is no record: {error}",
            hint="What is told of it is not as Flink tells it.",
        ) from error
    value["origin"] = {
        "kind": "event-log",
        "application_id": job.identifier,
        "sha256": answers.sha256,
    }
    return record_of_job(
        value,
        log_map,
        columns_for(job),
        fault=FlinkJobError,
        page="docs/flink.md",
        without_nodes=NeverRanError(job.identifier),
    )


def columns_for(job: Job) -> dict[str, str]:
    """What a map can take values from, by name: settings, and what the program calls parameters."""
    given = part_of(job.execution, "user-config")
    pairs = list(given.items())[:_MOST_PARAMETERS] if isinstance(given, dict) else []
    return harmless(
        {
            **job.settings,
            **{f"parameter.{name}": value for name, value in pairs if isinstance(value, str)},
            "job.name": job.name,
            "job.type": job.kind,
            "job.parallelism": str(max((each.parallelism for each in job.vertices), default=0)),
        }
    )


def _plain(job: Job) -> dict[str, Any]:
    managers = job.task_managers
    place = whereabouts({}, managers.host)
    value: dict[str, Any] = {
        "job": {
            "name": redact_text(job.name.strip())[:_MOST_NAME].strip() or job.identifier,
            "framework": {"name": "flink", "version": job.version or None},
        },
        "cluster": {
            "nodes": managers.hosts,
            "cores_per_node": managers.most_on_host * job.slots or None,
            "memory_bytes_per_node": managers.most_on_host * job.memory or None,
            "provider": place.provider,
            "region": place.region,
            "machine_type": place.machine_type,
        },
        "configuration": kept_settings(job.settings, job.execution),
        "started_at": moment_of(job.started),
        "runtime_seconds": job.milliseconds / 1000,
        "status": job.status,
        "metrics": usage_of(job),
        "stages": stages_of(job),
    }
    if job.kind:
        value["configuration"]["job-type"] = job.kind
    # What a run that was cut short had read by then is not the size of its input.
    if job.status is Status.SUCCEEDED:
        value["input"] = _input(value["metrics"])
    return value


def _input(metrics: Metrics) -> dict[str, Any]:
    records = metrics.read_records
    return {
        "size_bytes": metrics.read_bytes,
        "characteristics": {} if records is None else {"records": records},
    }
