"""An application on YARN, of whatever kind, as the ResourceManager tells of it.

Source: "ResourceManager REST API's" of Apache Hadoop: ``/ws/v1/cluster/apps/{appid}``.
"""

from typing import Any
from urllib.parse import quote

from ledger.capture.answers import Answers
from ledger.capture.completing import harmless
from ledger.capture.completing import moment_of
from ledger.capture.completing import record_of_job
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.capture.figures import text_of
from ledger.capture.hadoop_jobs.errors import HadoopJobError
from ledger.capture.hadoop_jobs.errors import MalformedAnswerError
from ledger.capture.hadoop_jobs.errors import NoNodesError
from ledger.capture.hadoop_jobs.errors import NotTerminalError
from ledger.capture.hadoop_jobs.nodes import Size
from ledger.capture.hadoop_jobs.nodes import usual
from ledger.capture.redaction import redact_text
from ledger.record.schema import Metrics
from ledger.record.schema import Record
from ledger.record.schema import Status

CLUSTER = "/ws/v1/cluster"
APPLICATIONS = f"{CLUSTER}/apps"

STATES = {"FINISHED", "FAILED", "KILLED"}
"""In which an application stays."""

STATUSES = {"SUCCEEDED": Status.SUCCEEDED, "ENDED": Status.SUCCEEDED, "KILLED": Status.KILLED}
"""By what the application said of itself; whatever else it said, it failed."""

FRAMEWORKS = {"mapreduce": "hadoop", "apache flink": "flink"}
"""What other kinds are called by YARN is their name here too."""

_MEBIBYTE = 1 << 20
_MOST_NAME = 256


def read_application(answers: Answers, log_map: EventLogMap, sizes: list[Size]) -> Record:
    """The record of an application.

    Args:
        answers: of the ResourceManager.
        log_map: what applications are called otherwise, and what their parameters are.
        sizes: of the nodes of the cluster. It counts as having run on all of them, as nobody tells
            on which it did once it has ended.

    Raises:
        HadoopJobError: it has not ended, no record can be made of it, or the map does not fit.
        UnavailableError: an answer cannot be had now.
    """
    at = f"{APPLICATIONS}/{quote(answers.identifier, safe='')}"
    try:
        about = part_of(answers.of(at), "app")
        state = text_of(about, "state")
        if state not in STATES:
            raise NotTerminalError(answers.identifier, state)
        value = _plain(answers.identifier, about, sizes)
        columns = {
            "job.name": text_of(about, "name"),
            "job.type": text_of(about, "applicationType"),
            "job.tags": text_of(about, "applicationTags"),
        }
    except ValueError as error:
        raise MalformedAnswerError(at, str(error)) from error
    return record_of_job(
        value,
        log_map,
        harmless(columns),
        fault=HadoopJobError,
        page="docs/hadoop.md",
        without_nodes=NoNodesError(answers.identifier),
    )


def _plain(identifier: str, about: Any, sizes: list[Size]) -> dict[str, Any]:
    kind = text_of(about, "applicationType", most=64).lower() or "yarn"
    size, started = usual(sizes, {}), count_of(about, "startedTime")
    memory = count_of(about, "memorySeconds")
    return {
        "job": {
            "name": redact_text(text_of(about, "name").strip())[:_MOST_NAME].strip() or identifier,
            "framework": {"name": FRAMEWORKS.get(kind, kind)},
        },
        "cluster": {
            "nodes": len(sizes),
            "cores_per_node": size.cores or None,
            "memory_bytes_per_node": size.memory_bytes or None,
        },
        "started_at": moment_of(started),
        "runtime_seconds": max(0, count_of(about, "finishedTime") - started) / 1000,
        "status": STATUSES.get(text_of(about, "finalStatus"), Status.FAILED),
        "metrics": Metrics(
            reserved_core_seconds=count_of(about, "vcoreSeconds"),
            reserved_memory_byte_seconds=memory * _MEBIBYTE,
        ),
        "origin": {"kind": "event-log", "application_id": identifier},
    }
