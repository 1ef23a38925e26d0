"""Keeping up with peers: are they there, and of this ledger; what they hold, and whom they know."""

import math
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from itertools import islice
from itertools import zip_longest

import structlog

from ledger.errors import InvalidInputError
from ledger.errors import UnavailableError
from ledger.peers.book import ITSELF
from ledger.peers.book import Book
from ledger.peers.book import PeerRow
from ledger.peers.book.holdings import TooManyHoldingsError
from ledger.peers.http import MisbehavedError
from ledger.peers.http import Web
from ledger.peers.messages import Holdings
from ledger.peers.messages import Said
from ledger.peers.messages import parsed
from ledger.peers.messages import peer_urls
from ledger.record.cid import from_text

_log = structlog.get_logger(__name__)

VISIT_SECONDS = 60.0
"""Between two visits to a peer that is up to date, at least."""

SOON_SECONDS = 5.0
"""Least time between two visits, however often others say that there is news."""

ENOUGH = 8
"""While fewer answer, whoever is due is visited at once; then one after another."""

PACE_SECONDS = 5.0
"""Between two visits where enough answer, so that they cost no more the more peers there are."""

_ACTIVE = 32
"""Peers that are visited again; the others are a reserve. All of them, in less time than it takes
for one to count as away."""

_AT_ONCE = 8
_MOST_PIECES = 100
"""Of a list of holdings, in one visit; the rest is read in the next."""

_MORE_THAN_HERE = 2_000
"""DAGs that a peer may hold beyond those known here, because this node is behind."""


class Visitor:
    """Visits peers.

    Args:
        book: what is known of them.
        web: how they are reached.
        peer_id: of this node, so that it does not talk to itself.
        ledger: names the ledger; nodes of others are no peers.
        own_url: where this node is reached; None while it is not known, or not to be told.
        anchored: how many DAGs the chain names; nobody holds many more.
        clock: seconds; not the time of day, which may jump.
    """

    def __init__(
        self,
        book: Book,
        web: Web,
        *,
        peer_id: str,
        ledger: str,
        own_url: Callable[[], str | None],
        anchored: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = book
        self._web = web
        self._peer_id = peer_id
        self._ledger = ledger
        self._own_url = own_url
        self._anchored = anchored
        self._clock = clock
        self._visited: dict[str, float] = {}
        self._next_paced = -math.inf
        self._pool = ThreadPoolExecutor(ENOUGH, thread_name_prefix="visit")

    def close(self) -> None:
        """Visit nobody any more."""
        self._pool.shutdown(cancel_futures=True)

    def step(self) -> int:
        """Visit who is due, as many as it takes to know enough; returns how many were visited."""
        now = self._clock()
        due = self._due(now)
        if self._book.peers.count_here() >= ENOUGH:
            due = due[:1] if now >= self._next_paced else []
            if due:
                self._next_paced = now + PACE_SECONDS
        for peer in due:
            self._visited[peer.url] = now
        list(self._pool.map(self._visit, due))
        return len(due)

    def _due(self, now: float) -> list[PeerRow]:
        """Peers to visit, `ENOUGH` at most: by turns those waiting longest, and some never met.

        Newcomers are drawn: anybody may tell of any number of them, and nobody is to keep the
        others from being visited with that.
        """
        known = self._book.peers.believed()
        self._visited = {
            peer.url: self._visited[peer.url] for peer in known if peer.url in self._visited
        }
        met = [peer for peer in known if peer.named or peer.last_seen is not None][:_ACTIVE]
        new = [peer for peer in known if not peer.named and peer.last_seen is None]
        random.shuffle(new)
        queues = [sorted(met, key=self._last_visit), new]
        random.shuffle(queues)
        by_turns = chain.from_iterable(zip_longest(*queues))
        waiting = (
            peer
            for peer in by_turns
            if peer is not None and self._last_visit(peer) + VISIT_SECONDS <= now
        )
        return list(islice(waiting, ENOUGH))

    def _last_visit(self, peer: PeerRow) -> float:
        """When a peer was visited last; minus infinity: never since the start."""
        return self._visited.get(peer.url, -math.inf)

    def soon(self, url: str) -> None:
        """Visit a peer earlier than it would be: there is news of it."""
        visited = self._visited.get(url)
        if visited is not None:
            self._visited[url] = min(visited, self._clock() - VISIT_SECONDS + SOON_SECONDS)

    def _visit(self, peer: PeerRow) -> None:
        try:
            self._call_on(peer)
        except (UnavailableError, InvalidInputError) as error:
            if self._web.is_closed:
                return
            if not isinstance(error, MisbehavedError):
                self._visited.pop(peer.url, None)  # again as soon as its pause is over
            self._book.peers.failed(peer.url, error.message)
        except Exception as error:  # noqa: BLE001 - one peer must not end the round
            _log.exception("a visit failed unexpectedly", peer=peer.url)
            self._book.peers.failed(peer.url, f"{type(error).__name__}: {error}")

    def _call_on(self, peer: PeerRow) -> None:
        said = parsed(Said, self._web.json("GET", f"{peer.url}/peers/v1/node"), peer.url)
        if said.peer_id == self._peer_id:
            self._book.peers.distrust(peer.url, ITSELF)
            return
        if said.ledger != self._ledger:
            self._book.peers.distrust(peer.url, f"it is a node of another ledger ({said.ledger})")
            return
        another = bool(peer.peer_id) and peer.peer_id != said.peer_id
        self._book.peers.answered(peer.url, said.peer_id)
        self._read_holdings(peer.url, "" if another else peer.list, peer.cursor)
        self._meet_others(peer)

    def _read_holdings(self, url: str, name: str, cursor: int) -> None:
        """Read on in a peer's list; from its beginning, if it is another list than before."""
        most = self._anchored() + _MORE_THAN_HERE
        for _ in range(_MOST_PIECES):
            answer = self._web.json(
                "GET", f"{url}/peers/v1/holdings", params={"after": str(cursor)}
            )
            told = parsed(Holdings, answer, url)
            if told.list != name:
                self._book.holdings.begin(url, told.list)
                name, cursor, before = told.list, 0, cursor
                if before:
                    continue
            held = [from_text(cid) for cid in told.held]
            dropped = [from_text(cid) for cid in told.dropped]
            try:
                self._book.holdings.read(url, held, dropped, told.cursor, most=most)
            except TooManyHoldingsError:
                return  # to be read on once this node has seen as many on the chain
            self._book.wants.hurry(held)
            if not cursor < told.cursor < told.newest:
                return
            cursor = told.cursor

    def _meet_others(self, peer: PeerRow) -> None:
        """Tell it where this node is, and hear whom it knows."""
        own = self._own_url()
        told = {"url": own} if own is not None else {}
        answer = self._web.json("POST", f"{peer.url}/peers/v1/peers", json=told)
        self._book.peers.introduce(peer_urls(answer, but=own))
