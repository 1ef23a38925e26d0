"""The development chain as a process beside `up`."""

import os
import subprocess
import sys
import threading
from typing import Self

import structlog

from ledger.chain.connection import join
from ledger.errors import UnavailableError
from ledger.settings import Settings

_log = structlog.get_logger(__name__)


class ChainProcess:
    """The development chain in a process of its own: py-evm keeps a core busy while it mines."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start the chain, unless it is another's or runs already."""
        self.revive()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it; every block it answered for is on disk."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._close_pipes(self._process)

    @staticmethod
    def _close_pipes(process: subprocess.Popen[str]) -> None:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def revive(self) -> None:
        """Start the chain if it should run here and does not.

        Raises:
            UnavailableError: it does not start.
        """
        if not self._settings.is_dev_chain:
            return
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            if (served := join(self._settings)) is not None:
                served.close()
                return  # by another command, for as long as that runs
            if self._process is not None:
                _log.warning("the development chain ended; starting it again")
                self._close_pipes(self._process)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ledger.cli", "chain", "serve", "--until-stdin-ends"],
                env={**os.environ, "PERFLEDGER_HOME": str(self._settings.home)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            assert self._process.stdout is not None
            if not self._process.stdout.readline():
                raise UnavailableError(
                    "the development chain does not start",
                    hint="`perfledger chain serve` says why.",
                )
