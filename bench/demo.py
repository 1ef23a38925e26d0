"""The time from `make demo` on a fresh clone to the first page.

    python -m bench.demo [--json] [--timeout 900]

Clones the commit that is checked out here into a temporary folder and runs `make demo` there, as a
newcomer does. pip finds its packages where it always does: run it twice, and the second time the
cache is warm. Everything that was started is stopped at the end.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path

import click
import psutil
from rich.console import Console
from rich.progress import Progress
from rich.progress import SpinnerColumn
from rich.progress import TextColumn
from rich.progress import TimeElapsedColumn
from rich.table import Table

from bench.measuring import machine

REPOSITORY = Path(__file__).parents[1]
STAMP = Path(".venv/.installed")
URL = re.compile(r"\bapp\s+(http://\S+)")
LOOK_SECONDS = 0.05
STOP_SECONDS = 15
OK = 200


class DemoFailedError(Exception):
    """The demonstration ended, or took longer than allowed, before it answered."""


@dataclass(frozen=True)
class Times:
    """Seconds from `make demo` until each was there."""

    environment: float
    main_job: float
    first_page: float


class Output:
    """What the demonstration prints, as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: list[str] = []
        self._url: str | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str | None:
        """Where the app listens, once it said so."""
        return self._url

    def tail(self) -> str:
        """The last lines."""
        self._thread.join(timeout=1)
        return "\n".join(self._lines[-15:])

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line.rstrip())
            if found := URL.search(line):
                self._url = found[1]


def measure(folder: Path, timeout_seconds: float, bar: Progress) -> Times:
    """Clone, run, and wait for each step.

    Raises:
        DemoFailedError: with the end of its output.
    """
    clone = folder / "perfledger"
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
    began = time.monotonic()
    with _demo(clone) as process:
        output = Output(process)

        def wait(what: str, there: Callable[[], bool]) -> float:
            task = bar.add_task(what, total=None)
            while not there():
                if process.poll() is not None:
                    raise DemoFailedError(f"make demo ended at: {what}\n{output.tail()}")
                if time.monotonic() - began > timeout_seconds:
                    raise DemoFailedError(
                        f"{what}: not within {timeout_seconds:g} s\n{output.tail()}"
                    )
                time.sleep(LOOK_SECONDS)
            bar.update(task, total=1, completed=1)
            return time.monotonic() - began

        return Times(
            environment=wait("building the environment", (clone / STAMP).exists),
            main_job=wait("the main job", lambda: output.url is not None),
            first_page=wait("the first page", lambda: _answers(output.url)),
        )


@contextmanager
def _demo(clone: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        ["make", "demo", f"PYTHON={sys.executable}"],
        cwd=clone,
        env={**_environment(), "PERFLEDGER_APP_PORT": _free_port(), "PERFLEDGER_CHAIN_PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _environment() -> dict[str, str]:
    """A newcomer's: no settings, no environment that is active."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PERFLEDGER_") and name not in {"VIRTUAL_ENV", "PYTHONPATH"}
    }


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _answers(url: str | None) -> bool:
    if url is None:
        return False
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return bool(response.status == OK and response.read())
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False


def _stop(process: subprocess.Popen[str]) -> None:
    """Ask everything that was started to end; what does not is killed."""
    try:
        started = [
            psutil.Process(process.pid),
            *psutil.Process(process.pid).children(recursive=True),
        ]
    except psutil.NoSuchProcess:
        started = []
    for each in reversed(started):
        _signal(each, signal.SIGTERM)
    _, alive = psutil.wait_procs(started, timeout=STOP_SECONDS)
    for each in alive:
        _signal(each, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


@click.command()
@click.option("--timeout", default=900.0, show_default=True, help="Seconds until it is given up.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(timeout: float, as_json: bool) -> None:
    """Measure how long a newcomer waits for the first page."""
    with (
        tempfile.TemporaryDirectory(prefix="perfledger-demo-") as folder,
        Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        ) as bar,
    ):
        try:
            times = measure(Path(folder), timeout, bar)
        except DemoFailedError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(1)
    if as_json:
        click.echo(json.dumps({"machine": machine(), **asdict(times)}, indent=2))
        return
    table = Table("from make demo until", "seconds")
    table.add_row("the environment is built", f"{times.environment:.1f}")
    table.add_row("the main job is done", f"{times.main_job:.1f}")
    table.add_row("the first page is there", f"{times.first_page:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
