"""Leaving what comes after a run to a process that outlives the program.

Only the standard library is imported, and nothing here may fail the program.
"""

import atexit
import fcntl
import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from ledger.recording.queue import Queue

_log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
"""Between two takers that a program starts while it goes on; one starts at its end as well."""

LOCK = ".taking"

_IN_BACKGROUND = ["/bin/sh", "-c", '"$@" </dev/null >/dev/null 2>&1 &', "sh"]
"""The shell ends at once, and init reaps the taker: whoever waits for its own children sees none
that it does not know."""


def home_of(home: Path | str | None) -> Path:
    """The home folder that is meant; ``PERFLEDGER_HOME``, or else the user's, if none is given."""
    given = home or os.environ.get("PERFLEDGER_HOME")
    if given:
        return Path(given).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("perfledger")


def start_in_background(module: str, *arguments: str) -> None:
    """Run a module in a process of its own, which outlives this one.

    Raises:
        OSError: it cannot be started.
    """
    subprocess.run(
        [*_IN_BACKGROUND, sys.executable, "-P", "-m", module, *arguments],
        start_new_session=True,  # what ends the program must not end this
        check=False,
    )


class HandingOver:
    """Starts takers: at the program's end, and now and then in one that goes on for long."""

    def __init__(self) -> None:
        self._homes: set[Path] = set()
        self._last = time.monotonic()
        self._guard = threading.Lock()

    def at_the_end(self, home: Path) -> None:
        """Have what was recorded for a home taken when the program ends."""
        with self._guard:
            if not self._homes:
                atexit.register(self._now)
            self._homes.add(home)

    def soon(self) -> None:
        """Have it taken meanwhile, if that is long ago; the caller does not wait."""
        with self._guard:
            if time.monotonic() - self._last < EVERY_SECONDS:
                return
            self._last = time.monotonic()
        threading.Thread(target=self._now, name="perfledger-handing-over", daemon=True).start()

    def after_fork(self) -> None:
        """In a child whose parent may have held the lock at that moment."""
        self._guard = threading.Lock()

    def _now(self) -> None:
        for home in tuple(self._homes):
            queue = Queue(home)
            try:
                if queue.own.is_own() and queue and not is_being_taken(queue):
                    start_in_background("ledger.recording.taker", str(home))
            except Exception:  # noqa: BLE001 - the program has ended well, and stays so
                _log.warning("what was recorded waits in %s", queue.folder, exc_info=True)


def is_being_taken(queue: Queue) -> bool:
    """Whether a taker is at work. It looks once more after it has let go of the lock."""
    with suppress(FileNotFoundError), (queue.folder / LOCK).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


HANDING_OVER = HandingOver()
os.register_at_fork(after_in_child=HANDING_OVER.after_fork)
