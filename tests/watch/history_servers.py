"""A real History Server of Spark, on loopback."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import required
from tools.services import Spark

DEADLINE_SECONDS = 120


@contextmanager
def history_server(folder: Path, **more: str) -> Iterator[str]:
    """Its URL, while it shows the logs of a folder; ``more``: of ``spark.history.fs.eventLog``."""
    program = required(Spark()) / "pyspark" / "bin" / "spark-class"
    options = {
        "spark.history.fs.logDirectory": folder.as_uri(),
        "spark.history.ui.port": "0",
        "spark.history.fs.update.interval": "1s",
        **{f"spark.history.fs.eventLog.{name}": value for name, value in more.items()},
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    process = subprocess.Popen(
        ["bash", str(program), "org.apache.spark.deploy.history.HistoryServer"],
        env={
            **kept,
            **Spark().environment,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_HISTORY_OPTS": " ".join(f"-D{name}={value}" for name, value in options.items()),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        yield f"http://127.0.0.1:{_port(process.stderr)}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
        if process.stderr is not None:
            process.stderr.close()


def _port(said: Iterator[str]) -> str:
    deadline = time.monotonic() + DEADLINE_SECONDS
    for line in said:
        if found := re.search(r"started at http://\S+?:(\d+)", line):
            return found[1]
        assert time.monotonic() < deadline, line
    raise AssertionError("the History Server ended before it had started")
