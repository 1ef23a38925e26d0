"""Which of the processes of one home follows the chain: one at a time."""

import threading
from pathlib import Path

import structlog
from filelock import FileLock
from filelock import Timeout

_log = structlog.get_logger(__name__)

FILE = "follower.lock"


class Leadership:
    """A lock in the home folder, which the system takes back from a process that ends.

    Several would do no harm, as each step is a transaction, but would do everything as many times.

    Args:
        home: the node's home folder.
    """

    def __init__(self, home: Path) -> None:
        self._lock = FileLock(home / FILE, thread_local=False)
        self._guard = threading.Lock()
        self._waits = False

    def is_ours(self) -> bool:
        """Whether this process leads; it does from now on if nobody else did."""
        with self._guard:
            if self._lock.is_locked:
                return True
            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                if not self._waits:
                    _log.info("another process follows the chain; this one waits for its end")
                self._waits = True
                return False
            if self._waits:
                _log.info("this process follows the chain now")
            return True

    def end(self) -> None:
        """Let another lead."""
        with self._guard:
            self._lock.release()
