"""The processes that answer requests beside `up`: gunicorn, looked after."""

import os
import socket
import subprocess
import sys
import threading
import time

import structlog

from ledger.errors import UnavailableError
from ledger.settings import Settings

_log = structlog.get_logger(__name__)

UNABLE = frozenset({3, 4})
"""Codes with which gunicorn ends where a worker cannot start, or cannot make the app."""

SHORT_SECONDS = 60.0
MOST_SHORT = 3
"""Runs in a row that ended so soon; whoever looks after this process had better know."""

PAUSE_SECONDS = 1.0

MARGIN_SECONDS = 5.0
"""Beyond what requests have to end, before workers are killed."""


class Workers:
    """Runs gunicorn until it is told to stop, and again where it ends by itself.

    Args:
        settings: of the node.
        opened: listens; it stays this process's, so that nobody is turned away while gunicorn
            starts again.
        url: where that is.
        number: how many processes answer.
    """

    def __init__(self, settings: Settings, opened: socket.socket, url: str, number: int) -> None:
        self._settings = settings
        self._socket = opened
        self._command = [
            *(sys.executable, "-P", "-m", "ledger.cli.answering"),
            *(str(opened.fileno()), str(number), url),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start gunicorn."""
        self._process = subprocess.Popen(
            self._command,
            env={**os.environ, "PERFLEDGER_HOME": str(self._settings.home)},
            stdin=subprocess.DEVNULL,
            pass_fds=[self._socket.fileno()],
            start_new_session=True,  # Ctrl-C is for this process to hand on
        )

    def run(self) -> None:
        """Wait for the end.

        Raises:
            UnavailableError: the workers do not start.
        """
        short = 0
        while True:
            assert self._process is not None
            began = time.monotonic()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            short = short + 1 if time.monotonic() - began < SHORT_SECONDS else 0
            if (code in UNABLE and short == 1) or short >= MOST_SHORT:
                raise UnavailableError(
                    "the processes that answer requests do not start",
                    hint="What they logged above says why.",
                )
            _log.warning("the processes that answer requests ended; starting them again", code=code)
            self._stopping.wait(PAUSE_SECONDS)
            self.start()

    def stop(self) -> None:
        """Have requests under way answered, and end; returns at once."""
        self._stopping.set()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def end(self) -> None:
        """See that nothing is left."""
        self.stop()
        if self._process is None:
            return
        try:
            self._process.wait(self._settings.stop_seconds + MARGIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
