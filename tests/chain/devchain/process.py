"""Starting a serving process and talking to it as plainly as curl would."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from typing import Self
from urllib.parse import urlsplit

DEADLINE_SECONDS = 60


class ServingProcess:
    """A chain in a process of its own, and the URL that it announced."""

    def __init__(self, path: Path) -> None:
        command = [sys.executable, "-W", "error", "-m", "tests.chain.devchain.serving", str(path)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url, "the process ended before it served"

    def kill(self) -> None:
        """As ``kill -9``."""
        self.process.kill()
        self._ended()

    def terminate(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self._ended()

    def _ended(self) -> int:
        code = self.process.wait(timeout=DEADLINE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@contextmanager
def serving(path: Path) -> Iterator[ServingProcess]:
    """A process that is stopped at the end, whatever happens."""
    started = ServingProcess(path)
    try:
        yield started
    finally:
        if started.process.returncode is None:
            started.kill()


class Client:
    """JSON-RPC over one keep-alive connection."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        assert address.hostname is not None
        self._connection = http.client.HTTPConnection(
            address.hostname, address.port, timeout=DEADLINE_SECONDS
        )

    def post(self, body: bytes, **headers: str) -> tuple[int, bytes]:
        """Status and body of the answer to any bytes."""
        fields = {"Content-Type": "application/json"}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("POST", "/", body, fields)
        response = self._connection.getresponse()
        return response.status, response.read()

    def call(self, method: str, *params: Any) -> Any:
        """The result of a method; an error object fails the test."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        status, body = self.post(json.dumps(request).encode())
        assert status == http.client.OK
        response = json.loads(body)
        assert "error" not in response, response
        return response["result"]

    def ended(self) -> bool:
        """Whether the server closes the connection, now or before the deadline."""
        return self._connection.sock.recv(1) == b""

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
