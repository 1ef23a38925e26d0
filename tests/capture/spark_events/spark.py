"""Real Spark, in local mode: what it logs of a job."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services import required
from tools.services import Spark

JOB = Path(__file__).with_name("job.py")
SECONDS = 240

WELL = ("plain", "zstd", "lz4", "snappy", "rolling")


def environment() -> dict[str, str]:
    """In which a Python has PySpark; whatever else knows of a Spark is left out."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    return {
        **kept,
        **Spark().environment,
        "PYTHONPATH": str(required(Spark())),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYTHONWARNINGS": "ignore",
    }


def run(logs: Path, *forms: str, words: Path | None = None) -> None:
    """Run an application of each form to its end."""
    more = ["--words", str(words)] if words else []
    command = [sys.executable, str(JOB), str(logs), *forms, *more]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


@contextmanager
def hanging(logs: Path, form: str = "hanging") -> Iterator[subprocess.Popen[str]]:
    """An application that has done something and waits; what is left of it is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, str(JOB), str(logs), form],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert "hangs" in process.stdout.readline()
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # Java and its Python workers too
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()
