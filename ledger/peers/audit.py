"""Looking at what peers hold: samples of what they say.

A peer is asked for some bytes at a random place of a random block of a DAG that it says it holds
and that is also here, so that the answer can be compared. Whoever answers right had the block, or
could get it at once; that is what availability is.

Source of the idea: A. Juels and B. Kaliski, "PORs: Proofs of Retrievability for Large Files", 2007
(spot-checking); here without its codes, because the one who asks holds the data.
"""

import random
import time
from collections.abc import Callable

from ledger.errors import UnavailableError
from ledger.peers.anchored import AnchoredDAG
from ledger.peers.anchored import AnchoredDAGs
from ledger.peers.book import Book
from ledger.peers.book import PeerRow
from ledger.peers.book.checks import MISSING
from ledger.peers.book.checks import PASSED
from ledger.peers.book.checks import SILENT
from ledger.peers.book.checks import WRONG
from ledger.peers.book.checks import Challenge
from ledger.peers.http import NotHeldError
from ledger.peers.http import Web
from ledger.peers.shape import links_of
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import BlockStore
from ledger.store.blocks import CorruptBlockError

CHALLENGE_BYTES = 64

_PARTIAL = 206


class Challenger:
    """Asks peers for pieces of what they say they hold.

    Args:
        dags: what the index says.
        book: who holds what, and where outcomes are kept.
        store: the local store, to compare with.
        web: how peers are reached.
        chance: chooses.
        clock: gives Unix time.
    """

    def __init__(
        self,
        *,
        dags: AnchoredDAGs,
        book: Book,
        store: BlockStore,
        web: Web,
        chance: random.Random | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._dags = dags
        self._book = book
        self._store = store
        self._web = web
        self._chance = chance or random.SystemRandom()
        self._clock = clock

    def step(self) -> Challenge | None:
        """Challenge one peer; None where there is none, or nothing that both hold."""
        now = self._clock()
        here = [peer for peer in self._book.peers.believed() if peer.is_here(now)]
        if not here:
            return None
        return self.challenge(self._chance.choice(here))

    def challenge(self, peer: PeerRow) -> Challenge | None:
        """Challenge a peer; None where there is nothing that both hold."""
        shapes = {dag.digest: dag for dag in self._dags.whole()}
        shared = sorted(
            self._book.holdings.held_by(peer.url) & self._book.kept.all() & shapes.keys()
        )
        if not shared:
            return None
        root = self._chance.choice(shared)
        try:
            block = self._block_of(shapes[root])
            data = self._store.get(block)
        except (BlockNotFoundError, CorruptBlockError):
            return None  # the scrubber's to find
        if not data:
            return None  # nothing of it can be asked for
        first = self._chance.randrange(len(data))
        wanted = data[first : first + CHALLENGE_BYTES]
        began = time.monotonic()
        outcome, problem = self._ask(peer, block, first, wanted, data)
        made = Challenge(
            self._clock(),
            peer.url,
            peer.peer_id,
            root,
            block,
            first,
            len(wanted),
            outcome,
            time.monotonic() - began,
            problem,
        )
        self._book.checks.challenged(made)
        self._conclude(made)
        return made

    def _block_of(self, dag: AnchoredDAG) -> Digest:
        """A random block: each step down goes to any link; most DAGs are nearly all leaves."""
        digest = dag.digest
        for _ in range(dag.shape.depth):
            links = links_of(self._store.get(digest))
            if not links:
                break
            digest = self._chance.choice(links)
        return digest

    def _ask(
        self, peer: PeerRow, block: Digest, first: int, wanted: bytes, whole: bytes
    ) -> tuple[str, str]:
        last = first + len(wanted) - 1
        try:
            with self._web.open(
                "GET",
                f"{peer.url}/ipfs/{to_text(block)}",
                params={"format": "raw"},
                headers={"Range": f"bytes={first}-{last}"},
                seconds=15,
                most_bytes=len(whole),
            ) as body:
                answered = body.read()
                expected = wanted if body.status == _PARTIAL else whole
        except NotHeldError as error:
            return MISSING, error.message
        except UnavailableError as error:
            return SILENT, error.message
        if answered != expected:
            return WRONG, f"bytes {first} to {last} of {to_text(block)} are others"
        return PASSED, ""

    def _conclude(self, made: Challenge) -> None:
        if made.outcome == WRONG:
            self._book.peers.distrust(made.peer, f"it failed a challenge: {made.problem}")
        elif made.outcome == MISSING:
            self._book.holdings.lost(made.peer, made.root)
        elif made.outcome == SILENT:
            self._book.peers.failed(made.peer, made.problem)
        else:
            self._book.peers.answered(made.peer)
