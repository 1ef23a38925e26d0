"""A real cluster of Flink on loopback: a JobManager, a task manager, a History Server."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from tests.cli.running import eventually
from tests.services import required
from tools.services import Flink

JOB = Path(__file__).with_name("job.py")
SECONDS = 240
SLOTS = 8
MEMORY = "900m"

CONFIGURATION = """
env.java.opts.all: {java}
jobmanager.rpc.address: localhost
jobmanager.rpc.port: {rpc}
jobmanager.bind-host: localhost
jobmanager.memory.process.size: 700m
jobmanager.archive.fs.dir: {archives}
taskmanager.host: localhost
taskmanager.bind-host: localhost
taskmanager.numberOfTaskSlots: {slots}
taskmanager.memory.process.size: {memory}
taskmanager.memory.managed.size: 64m
rest.address: localhost
rest.bind-address: localhost
rest.port: {rest}
historyserver.archive.fs.dir: {archives}
historyserver.archive.fs.refresh-interval: 500
historyserver.web.address: localhost
historyserver.web.port: {history}
historyserver.web.tmpdir: {folder}/web
io.tmp.dirs: {folder}/tmp
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster.

    Attributes:
        folder: all that it writes.
        rest: port of the JobManager's REST API.
        history: port of the History Server's.
    """

    folder: Path
    rest: int
    history: int

    @property
    def url(self) -> str:
        """Of the JobManager."""
        return f"http://127.0.0.1:{self.rest}"

    @property
    def history_url(self) -> str:
        """Of the History Server."""
        return f"http://127.0.0.1:{self.history}"

    @property
    def archives(self) -> Path:
        """The folder of archives."""
        return self.folder / "archives"

    def submit(self, words: Path, *forms: str) -> dict[str, str]:
        """Start a job of each form; returns their ids."""
        done = subprocess.run(
            [sys.executable, str(JOB), str(self.rest), str(words), *forms],
            env=_environment(self.folder),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return dict(line.split() for line in done.stdout.splitlines())

    def cancel(self, job: str) -> None:
        """Ask for its end."""
        requests.patch(f"{self.url}/jobs/{job}?mode=cancel", timeout=60).raise_for_status()


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """One that has room for every job of `job`, while the context lasts."""
    home = required(Flink()) / "pyflink" / "bin"
    running = Cluster(folder, *_free_ports(2))
    (folder / "archives").mkdir()
    (folder / "tmp").mkdir()
    text = CONFIGURATION.format(
        java=_java_options(home.parent / "conf" / "config.yaml"),
        rpc=_free_ports(1)[0],
        rest=running.rest,
        history=running.history,
        archives=running.archives.as_uri(),
        slots=SLOTS,
        memory=MEMORY,
        folder=folder,
    )
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    (folder / "log4j-console.properties").write_text("rootLogger.level = OFF\n", encoding="utf-8")
    with ExitStack() as stack:
        for each in ("jobmanager", "taskmanager", "historyserver"):
            stack.enter_context(_process(home / f"{each}.sh", folder))
        eventually(lambda: answer(f"{running.url}/overview").get("slots-total") == SLOTS)
        eventually(lambda: answer(f"{running.history_url}/config"))
        yield running


def answer(url: str) -> dict[str, Any]:
    """What is answered; nothing while nobody does."""
    try:
        said = requests.get(url, timeout=60)
    except requests.ConnectionError:
        return {}
    return dict(said.json()) if said.status_code == HTTPStatus.OK else {}


@contextmanager
def _process(program: Path, folder: Path) -> Iterator[None]:
    with (folder / f"{program.stem}.out").open("wb") as out:
        process = subprocess.Popen(
            ["bash", str(program), "start-foreground"],
            env=_environment(folder),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "FLINK" not in name}
    return {
        **kept,
        **Flink().environment,
        "PYTHONPATH": str(required(Flink())),
        "PYTHONWARNINGS": "ignore",
        # Python's own workers, which Apache Beam starts, are not wanted: no job has Python in it.
        "_python_worker_execution_mode": "process",
        "FLINK_CONF_DIR": str(folder),
        "FLINK_LOG_DIR": str(folder),
        # What runs for seconds is done before the better compiler has done its work.
        "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto",
    }


def _java_options(shipped: Path) -> str:
    """What Flink needs of Java 17 and newer, as its own configuration has it."""
    found = re.search(r"^ +all: (.+)$", shipped.read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return found[1]


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
