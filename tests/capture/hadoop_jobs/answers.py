"""What a JobHistory server and a ResourceManager of Hadoop answer, made by hand."""

from typing import Any

Value = dict[str, Any]

JOB = "job_1700000000000_0001"
APPLICATION = "application_1700000000000_0001"
START = 1_700_000_000_000
AT = f"/ws/v1/history/mapreduce/jobs/{JOB}"
APP = f"/ws/v1/cluster/apps/{APPLICATION}"


class Told:
    """Answers out of a dictionary."""

    def __init__(self, identifier: str, told: Value) -> None:
        self.identifier = identifier
        self.sha256: str | None = None
        self._told = told

    def of(self, path: str) -> Any:
        return self._told.get(path)


def counter(name: str, total: int, of_maps: int = 0, of_reduces: int = 0) -> Value:
    return {
        "name": name,
        "totalCounterValue": total,
        "mapCounterValue": of_maps,
        "reduceCounterValue": of_reduces,
    }


def group(name: str, *counters: Value) -> Value:
    return {"counterGroupName": name, "counter": list(counters)}


def task(kind: str, number: int, start: int, seconds: int) -> Value:
    return {
        "id": f"task_1700000000000_0001_{kind[0].lower()}_{number:06}",
        "type": kind,
        "state": "SUCCEEDED",
        "startTime": START + start,
        "finishTime": START + start + seconds * 1000,
    }


def attempts(*hosts: str) -> Value:
    return {"taskAttempts": {"taskAttempt": [{"nodeHttpAddress": host} for host in hosts]}}


def mapreduce(**more: Any) -> Value:
    """Path → answer, of a job that succeeded; ``more`` replaces what is told of the job."""
    tasks = [task("MAP", 0, 1000, 20), task("MAP", 1, 2000, 30), task("REDUCE", 0, 32_000, 10)]
    about = {
        "id": JOB,
        "name": "sort of mia",
        "user": "mia",
        "queue": "marketing",
        "state": "SUCCEEDED",
        "submitTime": START - 5000,
        "startTime": START,
        "finishTime": START + 45_500,
        "mapsTotal": 2,
        "reducesTotal": 1,
        "failedMapAttempts": 1,
        "failedReduceAttempts": 0,
        "diagnostics": "of secret-customer-42",
        **more,
    }
    settings = {
        "mapreduce.job.reduces": "1",
        "mapreduce.task.io.sort.mb": "100",
        "yarn.nodemanager.resource.cpu-vcores": "8",
        "yarn.nodemanager.resource.memory-mb": "16384",
        "mapreduce.job.user.name": "mia",
        "mapreduce.input.fileinputformat.inputdir": "hdfs://namenode/mine",
        "fs.s3a.secret.key": "wJalrXUtnFEMI",
        "my.job.k": "5",
    }
    return {
        "/ws/v1/history/info": {"historyInfo": {"hadoopVersion": "3.3.6"}},
        AT: {"job": about},
        f"{AT}/conf": {
            "conf": {"property": [{"name": key, "value": settings[key]} for key in settings]}
        },
        f"{AT}/tasks": {"tasks": {"task": tasks}},
        f"{AT}/tasks/{tasks[0]['id']}/attempts": attempts("worker-1:8042", "worker-2:8042"),
        f"{AT}/tasks/{tasks[1]['id']}/attempts": attempts("worker-1:8042"),
        f"{AT}/tasks/{tasks[2]['id']}/attempts": attempts("worker-3:8042", ""),
        f"{AT}/counters": {
            "jobCounters": {
                "counterGroup": [
                    group(
                        "org.apache.hadoop.mapreduce.FileSystemCounter",
                        counter("FILE_BYTES_READ", 700, 300, 400),
                        counter("HDFS_BYTES_READ", 5_000, 5_000),
                        counter("S3A_BYTES_READ", 1_000, 1_000),
                        counter("HDFS_BYTES_WRITTEN", 4_000, 0, 4_000),
                    ),
                    group(
                        "org.apache.hadoop.mapreduce.JobCounter",
                        counter("VCORES_MILLIS_MAPS", 50_000),
                        counter("VCORES_MILLIS_REDUCES", 10_000),
                        counter("MB_MILLIS_MAPS", 51_200_000),
                        counter("MB_MILLIS_REDUCES", 10_240_000),
                    ),
                    group(
                        "org.apache.hadoop.mapreduce.TaskCounter",
                        counter("MAP_INPUT_RECORDS", 60, 60),
                        counter("MAP_OUTPUT_RECORDS", 60, 60),
                        counter("MAP_OUTPUT_MATERIALIZED_BYTES", 610, 610),
                        counter("REDUCE_SHUFFLE_BYTES", 600, 0, 600),
                        counter("REDUCE_INPUT_RECORDS", 60, 0, 60),
                        counter("REDUCE_OUTPUT_RECORDS", 59, 0, 59),
                        counter("SPILLED_RECORDS", 120, 60, 60),
                        counter("GC_TIME_MILLIS", 1_500, 1_000, 500),
                        counter("CPU_MILLISECONDS", 40_000, 30_000, 10_000),
                    ),
                    group(
                        "org.apache.hadoop.mapreduce.lib.input.FileInputFormatCounter",
                        counter("BYTES_READ", 5_900, 5_900),
                    ),
                ]
            }
        },
    }


def application(**more: Any) -> Value:
    """Path → answer, of an application of Tez that succeeded; ``more`` replaces what is told."""
    about = {
        "id": APPLICATION,
        "name": "query-17",
        "user": "mia",
        "queue": "marketing",
        "state": "FINISHED",
        "finalStatus": "SUCCEEDED",
        "applicationType": "TEZ",
        "applicationTags": "nightly",
        "startedTime": START,
        "finishedTime": START + 60_000,
        "memorySeconds": 61_440,
        "vcoreSeconds": 120,
        "diagnostics": "of secret-customer-42",
        "amHostHttpAddress": "worker-1:8042",
        **more,
    }
    return {APP: {"app": about}}
