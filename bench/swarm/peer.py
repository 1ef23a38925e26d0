"""A peer: `perfledger node run` in a namespace of its own."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.network import Host
from bench.swarm.chain import Chain
from bench.swarm.usage import Usage
from bench.swarm.usage import usage_of

PORT = 8080
ROOT = Path(__file__).parents[2]
ANSWER_SECONDS = 10.0
STOP_SECONDS = 20.0
LOOK_SECONDS = 0.05
_OK = 200


class PeerEndedError(Exception):
    """A peer's process ended by itself; the end of its log says why."""


class Peer:
    """One peer. Its home folder survives its processes.

    Args:
        host: where it runs.
        folder: of its home and its log.
        chain: the ledger's.
        peers: URLs it is told.
        options: further settings, by environment variable.
    """

    def __init__(
        self,
        host: Host,
        folder: Path,
        chain: Chain,
        peers: Sequence[str],
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.name = host.name
        self.region = host.region
        self.host = host
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self._log = folder / "log"
        self._environment = _clean() | {
            "PYTHONPATH": str(ROOT),
            "PERFLEDGER_HOME": str(self.home),
            "PERFLEDGER_RPC_URL": chain.url,
            "PERFLEDGER_CHAIN_ID": str(chain.chain_id),
            "PERFLEDGER_DEPLOYMENT_FILE": str(chain.deployment),
            "PERFLEDGER_PEERS": ",".join(peers),
            "PERFLEDGER_PEER_NETWORKS": "10.0.0.0/8",
            "PERFLEDGER_NODE_HOST": host.address,
            "PERFLEDGER_NODE_PORT": str(PORT),
            "PERFLEDGER_PUBLIC_URL": self.url,
            **(options or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where other peers reach it."""
        return f"http://{self.host.address}:{PORT}"

    @property
    def index(self) -> Path:
        """Its index."""
        return self.home / "index.sqlite"

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; returns at once."""
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "ledger.cli", "node", "run"]
            self._process = self.host.start(command, log, self._environment, self.home)

    def require_running(self) -> None:
        """Look whether it is there.

        Raises:
            PeerEndedError: it ended by itself.
        """
        if not self.is_running:
            raise PeerEndedError(f"{self.name} ended:\n{self.log_tail()}")

    def await_answer(self, seconds: float) -> None:
        """Wait until it serves.

        Raises:
            PeerEndedError: it ended by itself.
            TimeoutError: it did not answer in time.
        """
        deadline = time.monotonic() + seconds
        while True:
            self.require_running()
            with suppress(OSError, http.client.HTTPException):
                self.status()
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} does not answer:\n{self.log_tail()}")
            time.sleep(LOOK_SECONDS)

    def distrusted(self) -> set[str]:
        """URLs of others that it does not ask any more."""
        return {peer["url"] for peer in self.status()["peers"] if peer["state"] == "distrusted"}

    def known_peers(self) -> int:
        """How many others answered it lately."""
        return sum(1 for peer in self.status()["peers"] if peer["state"] == "here")

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end."""
        self._end(signal.SIGTERM)

    def usage(self) -> Usage:
        """What its process took so far."""
        assert self._process is not None
        return usage_of(self._process.pid)

    def status(self) -> Any:
        """What it says of itself; asked from its own host, so that no packet is delayed.

        Raises:
            OSError: it does not answer.
        """
        with self.host.entered():
            connection = http.client.HTTPConnection(self.host.address, PORT, timeout=ANSWER_SECONDS)
            try:
                connection.request("GET", "/peers/v1/status")
                answer = connection.getresponse()
                if answer.status != _OK:
                    raise ConnectionError(f"{self.name} answers {answer.status}")
                return json.load(answer)
            finally:
                connection.close()

    def log_tail(self, lines: int = 30) -> str:
        """The end of what it printed; nothing where it never ran."""
        if not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.host.forget(self._process)
        self._process = None


def _clean() -> dict[str, str]:
    """The environment without settings of whoever runs the benchmark."""
    return {name: value for name, value in os.environ.items() if "PERFLEDGER" not in name}
