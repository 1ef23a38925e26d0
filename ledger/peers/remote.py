"""Blocks that are not here, from the fastest source that answers."""

import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

import structlog

from ledger.errors import PerfledgerError
from ledger.peers.assembly import UnaskedBlockError
from ledger.peers.book import Book
from ledger.peers.http import FAULTS_OF_A_PEER
from ledger.peers.http import BusyError
from ledger.peers.http import MisbehavedError
from ledger.peers.http import NotHeldError
from ledger.peers.sources import Source
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.store.blocks import Block

_log = structlog.get_logger(__name__)

_WEIGHT = 0.3
"""Of the latest answer in how fast a source is thought to be."""

_ASKED = 6
"""Sources that are asked before a block counts as not to be had."""

_SECONDS = 15.0
"""After which no other source is asked: a person may be waiting."""


class Remote:
    """What other nodes and gateways hold.

    Args:
        book: where it is noted who fails.
        sources: who may have a block, in any order.
        clock: seconds, to measure answers by.
    """

    def __init__(
        self,
        book: Book,
        sources: Callable[[Digest], Sequence[Source]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = book
        self._sources = sources
        self._clock = clock
        self._seconds: dict[str, float] = {}

    def blocks(self, digests: Sequence[Digest]) -> Iterator[Block]:
        """Those of the blocks that some source has, each hashed."""
        missing = dict.fromkeys(digests)
        if not missing:
            return
        began = self._clock()
        found = self._sources(digests[0])
        for source in sorted(found, key=self.seconds_of)[:_ASKED]:
            if not missing or self._clock() - began > _SECONDS:
                return
            for digest, data in self._ask(source, list(missing)):
                if digest in missing:
                    del missing[digest]
                    yield digest, data

    def seconds_of(self, source: Source) -> float:
        """How long the source's first block takes; one that was not asked yet is tried."""
        return self._seconds.get(source.url, 0.0)

    def _ask(self, source: Source, digests: Sequence[Digest]) -> Iterator[Block]:
        began = self._clock()
        blocks = size = 0
        try:
            for digest, data in source.blocks(digests):
                _require_own(digest, data)
                if not blocks:
                    self._measured(source, self._clock() - began)
                blocks, size = blocks + 1, size + len(data)
                yield digest, data
        except NotHeldError:
            self._measured(source, self._clock() - began)
        except (MisbehavedError, UnaskedBlockError) as error:
            self._book.peers.distrust(source.url, error.message)
        except BusyError as error:
            self._book.peers.busy(source.url, error.pause_seconds)
        except FAULTS_OF_A_PEER as error:
            self._measured(source, self._clock() - began)
            self._book.peers.failed(source.url, error.message)
        if blocks:
            self._book.peers.delivered(source.url, blocks, size)

    def _measured(self, source: Source, seconds: float) -> None:
        before = self._seconds.get(source.url, seconds)
        self._seconds[source.url] = (1 - _WEIGHT) * before + _WEIGHT * seconds


class Elsewhere:
    """The same, opened when something is asked for: most of what is read is here.

    Args:
        opened: gives it. Where that fails, nothing can be had from elsewhere.
    """

    def __init__(self, opened: Callable[[], Remote]) -> None:
        self._opened = opened

    def blocks(self, digests: Sequence[Digest]) -> Iterator[Block]:
        """Those of the blocks that some source has, each hashed."""
        try:
            remote = self._opened()
        except PerfledgerError as error:
            _log.warning("other nodes cannot be asked", problem=error.message)
            return
        yield from remote.blocks(digests)


def _require_own(digest: Digest, data: bytes) -> None:
    if digest_of(data) != digest:
        raise UnaskedBlockError(f"the bytes are not those of {to_text(digest)}")
