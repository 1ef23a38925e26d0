"""One thread that looks for changes, however many wait for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from ledger.errors import PerfledgerError
from ledger.index.feed import Changes
from ledger.index.feed import Feed

_log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
"""Between looks at the index, which other processes write too. A look is one row by its key."""


class Hub:
    """Tells those who wait that the index changed.

    It looks only while somebody waits. A change is read once for all who are up to date.

    Args:
        feed: what changes.
        most: how many may wait at the same time.

    Attributes:
        age: rises when everybody who waits has to go: the process ends, or the index is another.
    """

    def __init__(self, feed: Feed, most: int) -> None:
        self._feed = feed
        self._places = threading.BoundedSemaphore(most)
        self._changed = threading.Condition()
        self._listeners = 0
        self._revision = 0
        self._latest: Changes | None = None
        self._watched = False
        self._stopped = threading.Event()
        self.age = 0

    @contextmanager
    def listening(self) -> Iterator[bool]:
        """Whether there is a place to wait at; it is kept until the end of the block."""
        now = self.revision()
        if self._stopped.is_set() or not self._places.acquire(blocking=False):
            yield False
            return
        try:
            self._join(now)
            yield True
        finally:
            with self._changed:
                self._listeners -= 1
            self._places.release()

    def since(self, revision: int) -> Changes:
        """What changed after a revision, as of now."""
        return self._feed.since(revision)

    def revision(self) -> int:
        """That of now."""
        return self._feed.position().revision

    def has_ended(self, age: int) -> bool:
        """Whether who came at an age has to go."""
        return self._stopped.is_set() or self.age != age

    def wait(self, revision: int, seconds: float, age: int) -> Changes | None:
        """What changed after a revision; None: nothing did for so long, or one has to go.

        Args:
            revision: what the listener has heard of.
            seconds: how long to wait.
            age: of the hub when the listener came, so that no end is missed between two waits.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self.has_ended(age) or self._revision > revision, seconds
            )
            if self._revision <= revision:
                return None
            latest = self._latest
        return latest if latest and latest.since == revision else self._feed.since(revision)

    def stop(self) -> None:
        """Have everybody who waits go."""
        self._stopped.set()
        self._end_all()

    def _join(self, now: int) -> None:
        with self._changed:
            self._listeners += 1
            if self._watched:
                return
            self._watched = True
            self._revision = now
        threading.Thread(target=self._watch, name="live", daemon=True).start()

    def _end_all(self) -> None:
        with self._changed:
            self.age += 1
            self._changed.notify_all()

    def _watch(self) -> None:
        while True:
            try:
                self._look()
            except PerfledgerError as error:  # pages say so themselves; this goes on
                _log.warning("changes cannot be read", problem=error.message)
            self._stopped.wait(POLL_SECONDS)
            with self._changed:
                if self._stopped.is_set() or self._listeners == 0:
                    self._watched = False
                    self._latest = None
                    return

    def _look(self) -> None:
        now = self._feed.position().revision
        if now == self._revision:
            return
        if now < self._revision:  # readers come back, and are told to begin anew
            self._revision = now
            self._end_all()
            return
        changes = self._feed.since(self._revision)
        with self._changed:
            self._latest, self._revision = changes, changes.position.revision
            self._changed.notify_all()
