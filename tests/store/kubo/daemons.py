"""Real Kubo daemons on loopback.

Each has a repository of its own, knows no peer, looks for none, reports to nobody, and is stopped
at the end.
"""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services import required
from tools.services import Kubo

START_SECONDS = 60
STOP_SECONDS = 20
COMMAND_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Said:
    """What the `ipfs` command printed, and how it ended."""

    code: int
    out: bytes
    err: str


class Daemon:
    """A Kubo daemon over one repository, which can be stopped, killed and started again.

    Its RPC is on the same port after each start.
    """

    def __init__(self, repository: Path) -> None:
        self.repository = repository
        self._program = required(Kubo())
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        # A home of its own: Kubo keeps what it told its makers there, and would tell them.
        self._environment = os.environ | {
            "IPFS_PATH": str(repository),
            "HOME": str(repository.parent),
            "IPFS_TELEMETRY": "off",
        }
        self.ipfs("init", "--profile=test")
        self.configure({"Routing": {"Type": "none"}, "Plugins": {"Plugins": {}}})

    def configure(self, changes: dict[str, dict[str, Any]]) -> None:
        """Change the repository's configuration; a daemon reads it when it starts."""
        path = self.repository / "config"
        config = json.loads(path.read_text())
        for section, values in changes.items():
            config.setdefault(section, {}).update(values)
        path.write_text(json.dumps(config))

    def ipfs(self, *arguments: str | Path, stdin: bytes | None = None, check: bool = True) -> Said:
        """Run the `ipfs` command; it asks the daemon where that runs."""
        done = subprocess.run(
            [self._program, *arguments],
            env=self._environment,
            input=stdin,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        said = Said(done.returncode, done.stdout, done.stderr.decode())
        assert not check or said.code == 0, said.err
        return said

    def start(self) -> None:
        process = subprocess.Popen(
            [self._program, "daemon"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ready = threading.Event()
        said: list[str] = []

        def read() -> None:
            assert process.stdout is not None
            with process.stdout:
                for line in process.stdout:
                    said.append(line)
                    if "Daemon is ready" in line:
                        ready.set()
            ready.set()

        self._process = process
        self._reader = threading.Thread(target=read, name="kubo-output")
        self._reader.start()
        ready.wait(START_SECONDS)
        if process.poll() is not None or not ready.is_set():
            self.kill()
            raise AssertionError("Kubo does not start:\n" + "".join(said[-20:]))
        self.configure({"Addresses": {"API": self.api}})

    @property
    def api(self) -> str:
        """The multiaddress of its RPC."""
        return (self.repository / "api").read_text().strip()

    @property
    def url(self) -> str:
        """The URL of its RPC."""
        return f"http://127.0.0.1:{self.api.rsplit('/', 1)[1]}"

    @property
    def address(self) -> str:
        """Where other nodes reach it, as a multiaddress with its peer id."""
        (address,) = json.loads(self.ipfs("id").out)["Addresses"]
        return str(address)

    def connect(self, other: "Daemon") -> None:
        self.ipfs("swarm", "connect", other.address)

    def kill(self) -> None:
        """At once, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._reader is not None
        self._reader.join()
        self._process = None


@contextmanager
def kubo(folder: Path, *, start: bool = True) -> Iterator[Daemon]:
    """A daemon over a new repository in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    daemon = Daemon(folder / "repository")
    try:
        if start:
            daemon.start()
        yield daemon
    finally:
        daemon.stop()
