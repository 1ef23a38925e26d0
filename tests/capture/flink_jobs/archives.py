"""Archives as Flink 1 writes them, made by hand: a source that feeds a sink, on two hosts."""

import json
from typing import Any

JOB = "a" * 32
SOURCE = "b" * 32
SINK = "c" * 32
START = 1_700_000_000_000

Value = dict[str, Any]


def vertex(identifier: str, name: str, start: int, seconds: int, **metrics: Any) -> Value:
    """A vertex of two subtasks; ``metrics`` have ``_`` for ``-``."""
    return {
        "id": identifier,
        "name": name,
        "parallelism": 2,
        "status": "FINISHED",
        "start-time": START + start,
        "end-time": START + start + seconds * 1000,
        "duration": seconds * 1000,
        "metrics": {key.replace("_", "-"): value for key, value in metrics.items()},
    }


def subtask(number: int, host: str, manager: str, attempt: int = 0) -> Value:
    """A subtask, as Flink 1 tells of it."""
    return {
        "subtask": number,
        "status": "FINISHED",
        "attempt": attempt,
        "host": host,
        "taskmanager-id": manager,
    }


def answers(job: str = JOB, **more: Any) -> Value:
    """Path → answer, of a job that succeeded; ``more`` replaces what ``/jobs/:jobid`` tells."""
    about = {
        "jid": job,
        "name": "wordcount",
        "state": "FINISHED",
        "start-time": START,
        "end-time": START + 90_500,
        "duration": 90_500,
        "vertices": [
            vertex(
                SOURCE,
                "Source: lines -> Flat Map",
                100,
                60,
                read_bytes=0,
                read_records=0,
                write_bytes=5000,
                write_records=400,
                accumulated_busy_time="NaN",
            ),
            vertex(
                SINK,
                "Keyed Aggregation -> Sink: counts",
                200,
                80,
                read_bytes=4990,
                read_records=400,
                write_bytes=0,
                write_records=0,
                accumulated_busy_time=42_000.0,
                accumulated_backpressured_time=1500,
            ),
        ],
        "plan": {
            "nodes": [{"id": SOURCE}, {"id": SINK, "inputs": [{"num": 0, "id": SOURCE}]}],
        },
        **more,
    }
    at = f"/jobs/{job}"
    return {
        "/jobs/overview": {"jobs": [{"jid": job, "state": about["state"]}]},
        at: about,
        f"{at}/config": {
            "jid": job,
            "execution-config": {
                "execution-mode": "PIPELINED",
                "job-parallelism": 2,
                "object-reuse-mode": False,
                "user-config": {"top": "5", "db.password": "hunter2", "input": "/data/mine.txt"},
            },
        },
        f"{at}/exceptions": {"exceptionHistory": {"entries": [], "truncated": False}},
        f"{at}/checkpoints": {"counts": {"completed": 7, "failed": 1}},
        f"{at}/jobmanager/config": [
            {"key": "taskmanager.numberOfTaskSlots", "value": "4"},
            {"key": "taskmanager.memory.process.size", "value": "2 gb"},
            {"key": "s3.secret-key", "value": "wJalrXUtnFEMI"},
            {"key": "state.checkpoints.dir", "value": "hdfs://namenode/mine"},
        ],
        f"{at}/jobmanager/environment": {"classpath": ["/opt/flink/lib/flink-dist-1.17.2.jar"]},
        f"{at}/vertices/{SOURCE}": {
            "subtasks": [subtask(0, "worker-1", "one"), subtask(1, "worker-2:40123", "three", 2)]
        },
        f"{at}/vertices/{SINK}": {
            "subtasks": [subtask(0, "worker-1", "two"), subtask(1, "(unassigned)", "(unassigned)")]
        },
    }


def archive(told: Value) -> bytes:
    """The file that holds answers."""
    entries = [{"path": path, "json": json.dumps(value)} for path, value in told.items()]
    return json.dumps({"archive": entries}).encode()
