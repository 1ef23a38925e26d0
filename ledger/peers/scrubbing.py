"""Looking at what is held here: every block, now and then."""

import time
from collections.abc import Callable
from dataclasses import replace

import structlog

from ledger.peers.anchored import AnchoredDAGs
from ledger.peers.assembly import Assembly
from ledger.peers.book import Book
from ledger.peers.book.checks import ScrubState
from ledger.peers.remote import Remote
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import BlockStore
from ledger.store.blocks import CorruptBlockError

_log = structlog.get_logger(__name__)

BLOCKS_PER_STEP = 2_000
"""Hashed in one step of a scrub: a few hundredths of a second."""

ROUND_SECONDS = 86_400.0
"""From the beginning of one look at all blocks to that of the next."""

_BEGINNING = Digest(b"")


class Scrubber:
    """Hashes what is here, a piece at a time, and gets anew what is damaged or gone.

    Args:
        dags: what the index says.
        book: where findings are kept.
        store: the local store.
        remote: where a good copy may be.
        clock: gives Unix time.
    """

    def __init__(
        self,
        dags: AnchoredDAGs,
        book: Book,
        store: BlockStore,
        remote: Remote,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._dags = dags
        self._kept = book.kept
        self._checks = book.checks
        self._store = store
        self._remote = remote
        self._clock = clock

    def step(self) -> int:
        """Look at the next blocks, if a round is due; returns how many were looked at."""
        self.mend()
        now = self._clock()
        state = self._checks.scrub() or ScrubState(_BEGINNING, 0, now, None)
        if not state.after and state.finished and 0 <= now - state.began < ROUND_SECONDS:
            return 0
        return self._look(state if state.after else replace(state, began=now, checked=0))

    def run(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Look at every block now; returns how many were looked at."""
        state = ScrubState(_BEGINNING, 0, self._clock(), None)
        checked = 0
        while looked := self._look(state):
            checked += looked
            progress(looked)
            state = self._checks.scrub() or state
            if not state.after:
                break
        self.mend()
        return checked

    def mend(self) -> int:
        """Get damaged blocks from others; returns how many came."""
        damaged = self._checks.to_mend()
        came = 0
        for digest, data in self._remote.blocks(damaged):
            self._store.discard([digest])
            self._store.put_many([(digest, data)])
            self._checks.mended(digest)
            came += 1
        return came

    def _look(self, state: ScrubState) -> int:
        digests = self._store.digests(state.after, BLOCKS_PER_STEP)
        for digest in digests:
            try:
                self._store.get(digest)
            except CorruptBlockError:
                _log.warning("a block is damaged", block=to_text(digest))
                self._checks.damaged(digest)
            except BlockNotFoundError:
                continue  # dropped meanwhile
        ended = len(digests) < BLOCKS_PER_STEP
        if ended:
            self._look_for_gaps()
        self._checks.scrubbed(
            ScrubState(
                _BEGINNING if ended else digests[-1],
                state.checked + len(digests),
                state.began,
                self._clock() if ended else state.finished,
            )
        )
        return len(digests)

    def _look_for_gaps(self) -> None:
        """Note what should be whole here and is not; it is then fetched again."""
        kept = self._kept.all()
        whole = {dag.digest: dag for dag in self._dags.whole() if dag.digest in kept}
        for digest, dag in whole.items():
            if not Assembly(self._store, digest, dag.shape).is_complete and self._kept.has(digest):
                _log.warning("blocks of a DAG are gone", root=to_text(digest))
                self._kept.lost([digest])
