"""A machine of the emulated network, and the programs that run on it."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any

from bench.network.namespace import Namespace

STOP_SECONDS = 10

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _die_with(parent: int) -> None:
    """In the child, before its program: there is no moment at which it could outlive its parent."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Host:
    """A machine of the emulated network.

    Attributes:
        name: for people.
        region: where it is.
        namespace: its network.
        bytes_per_second: what it may send; None: no limit.
    """

    name: str
    region: str
    namespace: Namespace
    bytes_per_second: float | None = None
    _started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its IPv4 address."""
        return self.namespace.address

    @contextmanager
    def entered(self) -> Iterator[None]:
        """See `Namespace.entered`."""
        with self.namespace.entered():
            yield

    def start(
        self,
        command: Sequence[str | Path],
        output: Any = subprocess.DEVNULL,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Run a program here; it is killed when this process ends, however it ends.

        Args:
            command: the program and its arguments.
            output: file for what it prints, errors included.
            environment: all of it; None: as here.
            folder: where it runs; None: as here.
        """
        with self.entered():
            process = subprocess.Popen(
                command,
                preexec_fn=partial(_die_with, os.getpid()),  # noqa: PLW1509 - it takes no lock
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
            )
        self._started.append(process)
        return process

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        """Leave a program that has ended out of what is stopped at the end."""
        self._started.remove(process)

    def stop(self) -> None:
        """End every program that was started here."""
        for process in self._started:
            process.terminate()
        for process in self._started:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._started.clear()
