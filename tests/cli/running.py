"""`up` as a process of its own, as people and service managers run it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from tests.cli.command import ENVIRONMENT

DEADLINE_SECONDS = 60


def eventually(condition: Callable[[], Any]) -> Any:
    """What the condition gives once it gives anything; fails at the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        threading.Event().wait(0.05)
    raise AssertionError("it did not happen in time")


class Up:
    """A running node."""

    def __init__(self, home: Path, *options: str, **environment: str) -> None:
        self.process = psutil.Popen(
            [sys.executable, "-m", "ledger.cli", "--home", str(home), "up", *options],
            env={**os.environ, **ENVIRONMENT, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.complaints: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.chain_line = self._ready("chain")[0]
        self.url = self._ready("app")[1]
        self.children = self.process.children(recursive=True)

    def _ready(self, part: str) -> tuple[str, str]:
        """The line that names a part, and the address in it."""
        line = self.process.stdout.readline()
        match = re.match(rf"{part}\s+(http://\S*127\.0\.0\.1:\d+)", line)
        assert match, (line, self.complaints)
        return line, match[1]

    def _read(self) -> None:
        self.complaints.extend(self.process.stderr)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return json.loads(response.read())

    def chain(self) -> psutil.Process | None:
        """The process of the development chain."""
        for child in self.process.children():
            with suppress(psutil.NoSuchProcess):
                if "serve" in child.cmdline():
                    return child
        return None

    def kill(self) -> None:
        """End it and everything it started, whatever state it is in."""
        with suppress(psutil.NoSuchProcess):
            self.children += self.process.children(recursive=True)
        self.stop(signal.SIGKILL)
        for child in self.children:
            if child.is_running():
                child.kill()

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = int(self.process.wait(DEADLINE_SECONDS))
        self._reader.join(DEADLINE_SECONDS)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def gone(processes: list[psutil.Process]) -> bool:
    return not any(
        each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes
    )
