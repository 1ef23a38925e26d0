"""Counting what goes between this node and others.

A request is counted in memory, and the sums go to disk now and then: a count that is lost in a
crash is worth no wait for the disk at each request.
"""

import threading
import time
from collections.abc import Callable
from collections.abc import Mapping

import structlog

from ledger.errors import UnavailableError
from ledger.peers.book import Book
from ledger.peers.book.traffic import EVERYBODY
from ledger.peers.book.traffic import Flow

_log = structlog.get_logger(__name__)

HEADER = "Perfledger-Peer"
"""In which a node says who asks: its Peer ID and, if others reach it, its URL. Anybody can send
anything in it, so it serves to count by and for nothing else."""

FLUSH_SECONDS = 5.0
"""Between two times that counts go to disk, while something is counted."""

_CLAIM_LENGTH = 500
_NOBODY: tuple[str, str] = ("", "")


def introduction(peer_id: str, url: str | None) -> str:
    """What a node sends in `HEADER`."""
    return f"{peer_id} {url or ''}".rstrip()


class Traffic:
    """Counts; safe for several threads.

    Args:
        book: knows peers, and keeps the sums.
        clock: seconds, between which it only counts.
    """

    def __init__(self, book: Book, clock: Callable[[], float] = time.monotonic) -> None:
        self._book = book
        self._clock = clock
        self._flushed = clock()
        self._lock = threading.Lock()
        self._pending: dict[str, Flow] = {}

    def received(self, url: str, size: int) -> None:
        """Count an answer with a body of so many bytes, of a host as scheme, host and port."""
        self._count(url, Flow(requests_sent=1, bytes_received=size))

    def served(self, claim: str | None, size: int) -> None:
        """Count an answer of this node.

        Args:
            claim: the request's `HEADER`.
            size: bytes of its body that were sent.
        """
        url = self._book.peers.who_is(*_parsed(claim))
        self._count(url, Flow(requests_served=1, bytes_served=size))

    def flows(self) -> Mapping[str, Flow]:
        """The sums by peer, and over `EVERYBODY`."""
        with self._lock:
            sums = self._book.traffic.all()
            for peer, flow in self._pending.items():
                sums[peer] = sums.get(peer, Flow()) + flow
        return sums

    def flush(self) -> None:
        """Put on disk what was counted.

        Raises:
            UnusableFileError: it cannot be written; what was counted is kept for the next time.
        """
        with self._lock:
            self._flushed = self._clock()
            if self._pending:
                self._book.traffic.add(self._pending)
                self._pending = {}

    def _count(self, url: str | None, flow: Flow) -> None:
        with self._lock:
            for name in {EVERYBODY, url or EVERYBODY}:
                self._pending[name] = self._pending.get(name, Flow()) + flow
            is_due = self._clock() - self._flushed >= FLUSH_SECONDS
        if is_due:
            try:
                self.flush()
            except UnavailableError as error:  # no reason not to answer
                _log.warning("traffic is not noted", problem=error.message)


def _parsed(claim: str | None) -> tuple[str, str]:
    if claim is None or len(claim) > _CLAIM_LENGTH:
        return _NOBODY
    peer_id, _, url = claim.partition(" ")
    return peer_id, url
