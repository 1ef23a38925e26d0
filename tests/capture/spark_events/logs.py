"""Event logs made by the tests, in the shapes that Spark 2.4, 3.5 and 4.1 write.

The events are written by hand after JsonProtocol of these versions, shortened to what is read and
to what might be mistaken for it. What real Spark writes is read in test_real.py.
"""

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ledger.capture.entries import Entry
from ledger.capture.spark_events.parts import EventLog

START = 1_700_000_000_000
"""2023-11-14T22:13:20Z, in milliseconds."""

MIB = 1 << 20

Event = dict[str, Any]


def log_start(version: str = "3.5.1") -> Event:
    return {"Event": "SparkListenerLogStart", "Spark Version": version}


def application_start(name: str = "wordcount", **more: Any) -> Event:
    return {
        "Event": "SparkListenerApplicationStart",
        "App Name": name,
        "App ID": "application_1700000000000_0001",
        "Timestamp": START,
        "User": "somebody",
        **more,
    }


def environment(command: str = "", **properties: str) -> Event:
    return {
        "Event": "SparkListenerEnvironmentUpdate",
        "JVM Information": {"Java Version": "17.0.9 (Example)"},
        "Spark Properties": {
            "spark.master": "yarn",
            "spark.executor.memory": "4g",
            "spark.app.name": "wordcount",
            "spark.yarn.keytab": "/home/somebody/somebody.keytab",
        }
        | {name.replace("__", "."): value for name, value in properties.items()},
        "System Properties": {"sun.java.command": command, "user.name": "somebody"},
        "Classpath Entries": {},
    }


def executor_added(name: str, host: str, cores: int = 4, at: int = 1000) -> Event:
    return {
        "Event": "SparkListenerExecutorAdded",
        "Timestamp": START + at,
        "Executor ID": name,
        "Executor Info": {"Host": host, "Total Cores": cores, "Log Urls": {}},
    }


def executor_removed(name: str, at: int) -> Event:
    return {
        "Event": "SparkListenerExecutorRemoved",
        "Timestamp": START + at,
        "Executor ID": name,
        "Removed Reason": "Container released",
    }


def job_start(job: int = 0, at: int = 2000) -> Event:
    return {
        "Event": "SparkListenerJobStart",
        "Job ID": job,
        "Submission Time": START + at,
        "Stage Infos": [],
        "Stage IDs": [0],
    }


def job_end(job: int = 0, at: int = 9000, failure: str | None = None) -> Event:
    result: Event = {"Result": "JobSucceeded"}
    if failure is not None:
        result = {"Result": "JobFailed", "Exception": {"Message": failure, "Stack Trace": []}}
    return {
        "Event": "SparkListenerJobEnd",
        "Job ID": job,
        "Completion Time": START + at,
        "Job Result": result,
    }


def stage_info(stage: int, tasks: int, sources: Sequence[int], attempt: int = 0) -> Event:
    read = [{"RDD ID": each, "Name": "hdfs://a/b", "Parent IDs": []} for each in sources]
    made = {"RDD ID": 1000 + stage, "Name": "PythonRDD", "Parent IDs": list(sources) or [1]}
    return {
        "Stage ID": stage,
        "Stage Attempt ID": attempt,
        "Stage Name": f"count at /home/somebody/words.py:{stage}",
        "Number of Tasks": tasks,
        "RDD Info": [made, *read],
        "Parent IDs": [],
        "Details": "",
        "Accumulables": [],
    }


def task_end(
    stage: int = 0,
    task: int = 0,
    *,
    at: int = 3000,
    seconds: float = 2.0,
    read: int = 0,
    reason: str = "Success",
    attempt: int = 0,
    executor: str = "1",
    **metrics: Any,
) -> Event:
    return {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": stage,
        "Stage Attempt ID": attempt,
        "Task Type": "ResultTask",
        "Task End Reason": {"Reason": reason},
        "Task Info": {
            "Task ID": task,
            "Launch Time": START + at,
            "Executor ID": executor,
            "Finish Time": START + at + int(1000 * seconds),
            "Failed": reason != "Success",
        },
        "Task Metrics": {
            "Executor Deserialize CPU Time": 500_000_000,
            "Executor CPU Time": 1_500_000_000,
            "JVM GC Time": 100,
            "Memory Bytes Spilled": 999,
            "Disk Bytes Spilled": 7,
            "Shuffle Read Metrics": {"Remote Bytes Read": 20, "Local Bytes Read": 1},
            "Shuffle Write Metrics": {"Shuffle Bytes Written": 30},
            "Input Metrics": {"Bytes Read": read},
            "Output Metrics": {"Bytes Written": 5},
            **metrics,
        },
    }


def stage(
    number: int = 0,
    *,
    tasks: int = 2,
    sources: Sequence[int] = (),
    read: int = 0,
    at: int = 3000,
    seconds: float = 2.0,
    attempt: int = 0,
    failure: str | None = None,
) -> list[Event]:
    """A whole stage: submitted, its tasks, completed."""
    info = stage_info(number, tasks, sources, attempt)
    ended = info | ({"Failure Reason": failure} if failure else {})
    ends = [
        task_end(number, task, at=at, seconds=seconds, read=read, attempt=attempt)
        for task in range(tasks)
    ]
    return [
        {"Event": "SparkListenerStageSubmitted", "Stage Info": info, "Properties": {}},
        *ends,
        {"Event": "SparkListenerStageCompleted", "Stage Info": ended},
    ]


def application_end(at: int = 10_000, **more: Any) -> Event:
    return {"Event": "SparkListenerApplicationEnd", "Timestamp": START + at, **more}


def run(
    *during: Event,
    version: str = "3.5.1",
    name: str = "wordcount",
    command: str = "",
    end: Event | None = None,
    **properties: str,
) -> list[Event]:
    """An application on two hosts, from its start to its end."""
    return [
        log_start(version),
        application_start(name),
        environment(command, **properties),
        executor_added("1", "host-a"),
        executor_added("2", "host-b"),
        *during,
        application_end() if end is None else end,
    ]


def text(events: Iterable[Event]) -> bytes:
    """As Spark writes it: one event a line."""
    return "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in events).encode()


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def lz4(data: bytes, block: int = 512) -> bytes:
    """LZ4BlockOutputStream of lz4-java; every second block is stored as it is."""
    out = io.BytesIO()
    for place, start in enumerate(range(0, len(data), block)):
        piece = data[start : start + block]
        packed = piece if place % 2 else pa.compress(piece, codec="lz4_raw", asbytes=True)
        method = 0x10 if place % 2 else 0x20
        out.write(b"LZ4Block" + struct.pack("<Biii", method | 5, len(packed), len(piece), 0))
        out.write(packed)
    out.write(b"LZ4Block" + struct.pack("<Biii", 0x15, 0, 0, 0))
    return out.getvalue()


def snappy(data: bytes, block: int = 512) -> bytes:
    """SnappyOutputStream of snappy-java."""
    out = io.BytesIO(b"")
    out.write(b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1))
    for start in range(0, len(data), block):
        packed = pa.compress(data[start : start + block], codec="snappy", asbytes=True)
        out.write(struct.pack(">i", len(packed)) + packed)
    return out.getvalue()


COMPRESSED = {"none": bytes, "gzip": gzip.compress, "zstd": zstd, "lz4": lz4, "snappy": snappy}


def log_of(*parts: bytes, name: str = "log", **more: Any) -> EventLog:
    """A log of these parts."""
    entries = (
        Entry("", f"{place}", len(part), lambda part=part: io.BytesIO(part))
        for place, part in enumerate(parts)
    )
    return EventLog(name, tuple(entries), **more)


def write_rolling(
    folder: Path, parts: dict[str, Iterable[Event]], *, in_progress: bool = False
) -> Path:
    """The folder of a rolling log, with the files of these names."""
    folder.mkdir(parents=True)
    status = "appstatus_application_1" + (".inprogress" if in_progress else "")
    (folder / status).touch()
    for name, events in parts.items():
        (folder / name).write_bytes(text(events))
    return folder


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP as the History Server gives it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
