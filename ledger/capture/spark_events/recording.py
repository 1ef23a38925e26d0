"""The record of an application, and how a map changes it."""

from typing import Any

from ledger.capture.completing import complete
from ledger.capture.completing import harmless
from ledger.capture.completing import moment_of
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.redaction import redact_text
from ledger.capture.rows import CellError
from ledger.capture.spark_events.application import Application
from ledger.capture.spark_events.arguments import columns_of
from ledger.capture.spark_events.arguments import submitted
from ledger.capture.spark_events.errors import EventLogError
from ledger.capture.spark_events.errors import NoExecutorsError
from ledger.capture.spark_events.memory import executor_bytes
from ledger.capture.spark_events.settings_kept import kept_settings
from ledger.capture.whereabouts import whereabouts
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record.schema import Record
from ledger.record.schema import Status

_MOST_NAME = 256


def record_of(
    application: Application, sha256: str, log_map: EventLogMap, *, compacted: bool
) -> Record:
    """The record of an application.

    Args:
        application: whose events were all taken in.
        sha256: of its log, uncompressed.
        log_map: what it is called otherwise, and what its parameters are.
        compacted: whether parts of what happened are not in the log. Then it cannot be told how
            much was used, or read, and a record does not say.

    Raises:
        EventLogError: no record can be made of it, or the map does not fit.
    """
    columns = columns_for(application)
    try:
        value = _plain(application, compacted=compacted)
        complete(value, log_map, application.name, columns)
        _require_cluster(application, value, compacted=compacted)
        record = codec.from_python({**value, "origin": _origin(application, sha256)})
        codec.encode(record)
    except CellError as error:
        raise EventLogError(
            f"{error.column}: {error.reason}", hint="Change the map: docs/spark.md."
        ) from error
    except (ValueError, dagcbor.MalformedBlockError) as error:
        raise EventLogError(
            f"{application.identifier} is no record: {error}",
            hint="The log is not as Spark writes it; copy it again.",
        ) from error
    return record


def columns_for(application: Application) -> dict[str, str]:
    """What a map can take values from, by name: settings, arguments, and who was submitted."""
    given = submitted(application.command)
    columns = {**application.properties, **columns_of(given.arguments)}
    columns["app.name"] = application.name
    if given.program:
        columns["program"] = given.program
    return harmless(columns)


def _plain(application: Application, *, compacted: bool) -> dict[str, Any]:
    executors, properties = application.executors, application.properties
    place = whereabouts(properties, executors.host)
    value: dict[str, Any] = {
        "job": {
            "name": redact_text(application.name.strip())[:_MOST_NAME] or application.identifier,
            "framework": {"name": "spark", "version": application.version or None},
        },
        "cluster": {
            "nodes": executors.most_hosts,
            "cores_per_node": executors.most_cores or None,
            "memory_bytes_per_node": executors.most_on_host * executor_bytes(properties) or None,
            "provider": place.provider,
            "region": place.region,
            "machine_type": place.machine_type,
        },
        "configuration": kept_settings(properties),
        "started_at": moment_of(application.started),
        "runtime_seconds": application.milliseconds / 1000,
        "status": application.status,
    }
    if not compacted:
        stages = application.stages.longest()
        value["metrics"] = application.stages.usage.metrics(executors.peak_bytes)
        value["stages"] = stages
        # What a run that was cut short had read by then is not the size of its input.
        if application.status is Status.SUCCEEDED and application.stages.input_bytes:
            value["input"] = {"size_bytes": application.stages.input_bytes}
    return value


def _require_cluster(application: Application, value: dict[str, Any], *, compacted: bool) -> None:
    if not value["cluster"]["nodes"]:
        raise NoExecutorsError(application.identifier)
    dynamic = application.properties.get("spark.dynamicAllocation.enabled", "").lower() == "true"
    if compacted and dynamic and value["cluster"]["nodes"] == application.executors.most_hosts:
        raise EventLogError(
            f"{application.identifier} had executors come and go, and its compacted log tells of "
            "the last ones only",
            hint="Say in a map how many nodes it had (docs/spark.md), or keep logs whole: "
            "spark.history.fs.eventLog.rolling.maxFilesToRetain.",
        )


def _origin(application: Application, sha256: str) -> dict[str, Any]:
    return {
        "kind": "event-log",
        "application_id": application.identifier,
        "attempt": application.attempt or None,
        "sha256": sha256,
    }
