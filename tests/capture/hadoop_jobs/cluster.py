"""A real YARN with a JobHistory server, in a network namespace: its masters listen everywhere."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.command import ENVIRONMENT
from tests.cli.running import eventually
from tests.services import required
from tools.services import Hadoop

SECONDS = 240
CORES = 4
MEMORY_MB = 4096
HISTORY = "http://127.0.0.1:19888"
MANAGER = "http://127.0.0.1:8088"
EXAMPLES = "org.apache.hadoop.examples.ExampleDriver"
CLIENT = "org.apache.hadoop.mapred.JobClient"
YARN = "org.apache.hadoop.yarn.server"

SETTINGS = {
    "fs.defaultFS": "file:///",
    "hadoop.tmp.dir": "{folder}/tmp",
    "mapreduce.framework.name": "yarn",
    "mapreduce.application.classpath": "{jars}/*",
    "mapreduce.client.completion.pollinterval": "100",
    "mapreduce.client.progressmonitor.pollinterval": "100",
    "mapreduce.jobhistory.move.interval-ms": "500",
    "mapreduce.jobhistory.webapp.address": "127.0.0.1:19888",
    "mapreduce.map.java.opts": "-Xmx180m",
    "mapreduce.map.memory.mb": "256",
    "mapreduce.reduce.java.opts": "-Xmx180m",
    "mapreduce.reduce.memory.mb": "256",
    "mapreduce.task.io.sort.mb": "10",
    "yarn.app.mapreduce.am.command-opts": "-Xmx300m",
    "yarn.app.mapreduce.am.hard-kill-timeout-ms": "60000",
    "yarn.app.mapreduce.am.resource.mb": "512",
    "yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms": "100",
    "yarn.app.mapreduce.am.staging-dir": "{folder}/staging",
    "yarn.application.classpath": "{jars}/*",
    "yarn.nodemanager.aux-services": "mapreduce_shuffle",
    "yarn.nodemanager.disk-health-checker.enable": "false",
    "yarn.nodemanager.env-whitelist": "JAVA_HOME,JDK_JAVA_OPTIONS",
    "yarn.nodemanager.local-dirs": "{folder}/local",
    "yarn.nodemanager.log-dirs": "{folder}/logs",
    "yarn.nodemanager.pmem-check-enabled": "false",
    "yarn.nodemanager.resource.cpu-vcores": str(CORES),
    "yarn.nodemanager.resource.memory-mb": str(MEMORY_MB),
    "yarn.nodemanager.vmem-check-enabled": "false",
    "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": "100",
    "yarn.resourcemanager.scheduler.class": (
        f"{YARN}.resourcemanager.scheduler.fifo.FifoScheduler"
    ),
    "yarn.scheduler.minimum-allocation-mb": "256",
}

SERVERS = (
    f"{YARN}.resourcemanager.ResourceManager",
    f"{YARN}.nodemanager.NodeManager",
    "org.apache.hadoop.mapreduce.v2.hs.JobHistoryServer",
)

ASK = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=60).read().decode())"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster.

    Attributes:
        folder: all that it writes, and its configuration.
        namespace: where its network is.
    """

    folder: Path
    namespace: str

    def started(self, *job: str | Path) -> subprocess.Popen[str]:
        """A job, or what asks for one, as it begins."""
        return subprocess.Popen(
            self._inside(*_java(self.folder), *job),
            env=_environment(self.folder),
            cwd=self.folder,  # where jobs that name no folder put what is theirs
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def asked(self, url: str) -> str:
        """What a server in the namespace answers; nothing while none does."""
        done = subprocess.run(
            self._inside(sys.executable, "-c", ASK, url),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.stdout

    def perfledger(self, home: Path, *arguments: str | Path) -> str:
        """What the command prints when it runs in the namespace."""
        done = subprocess.run(
            self._inside(sys.executable, "-m", "ledger.cli", "--home", home, *arguments),
            env=os.environ | ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _inside(self, *command: str | Path) -> list[str]:
        return ["nsenter", f"--net={self.namespace}", "--", *map(str, command)]


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """One node, while the context lasts."""
    jars = required(Hadoop())
    _require_namespaces()
    _configure(folder, jars)
    wait = "ip link set lo up && echo up && exec sleep infinity"
    holder = subprocess.Popen(
        ["unshare", "--net", "--", "sh", "-c", wait], stdout=subprocess.PIPE, text=True
    )
    started: list[subprocess.Popen[str]] = []
    running = Cluster(folder, f"/proc/{holder.pid}/ns/net")
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "up\n"
        for each in SERVERS:
            with (folder / f"{each.rpartition('.')[2]}.out").open("wb") as out:
                started.append(_server(running, each, out.fileno()))
        eventually(lambda: "RUNNING" in running.asked(f"{MANAGER}/ws/v1/cluster/nodes"))
        eventually(lambda: "historyInfo" in running.asked(f"{HISTORY}/ws/v1/history/info"))
        yield running
    finally:
        for process in (*started, holder):
            process.kill()
            process.wait(60)
        if holder.stdout is not None:
            holder.stdout.close()
        _end_containers(folder)


def _server(running: Cluster, name: str, out: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        running._inside(*_java(running.folder), name),
        env=_environment(running.folder),
        stdout=out,
        stderr=out,
        text=True,
    )


def _require_namespaces() -> None:
    if os.geteuid() == 0 and shutil.which("unshare") and shutil.which("nsenter"):
        return
    message = "Hadoop listens everywhere: run as root, where unshare and nsenter are, on Linux"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def _end_containers(folder: Path) -> None:
    """End what the node manager had started, which outlives it."""
    for each in Path("/proc").iterdir():
        with suppress(OSError):
            if each.name.isdecimal() and str(folder) in (each / "cmdline").read_text("utf-8"):
                os.kill(int(each.name), signal.SIGKILL)


def _configure(folder: Path, jars: Path) -> None:
    entries = "".join(
        f"<property><name>{name}</name><value>{value.format(folder=folder, jars=jars)}</value>"
        "</property>"
        for name, value in SETTINGS.items()
    )
    for each in ("core", "yarn", "mapred"):
        text = f"<configuration>{entries}</configuration>"
        (folder / f"{each}-site.xml").write_text(text, encoding="utf-8")
    (folder / "log4j.properties").write_text("log4j.rootLogger=OFF\n", encoding="utf-8")
    (folder / "hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n", encoding="utf-8")


def _java(folder: Path) -> list[str]:
    return [str(Hadoop().java), "-Xmx256m", "-cp", f"{folder}:{required(Hadoop())}/*"]


def _environment(folder: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not re.match(r"HADOOP|YARN|MAPRED|JAVA_HOME", name)
    }
    options = (
        # What runs for seconds is done before the better compiler has done its work.
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        f"-Djdk.net.hosts.file={folder}/hosts",
    )
    return {
        **kept,
        "JAVA_HOME": str(Hadoop().java.resolve().parents[1]),
        "JDK_JAVA_OPTIONS": " ".join(options),
    }
