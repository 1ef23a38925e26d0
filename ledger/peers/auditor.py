"""Challenging every node that can be reached, now and several times."""

import time
from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from ledger.errors import InvalidInputError
from ledger.errors import UnavailableError
from ledger.peers.book import PeerRow
from ledger.peers.book.checks import PASSED
from ledger.peers.book.checks import SILENT
from ledger.peers.book.checks import WRONG
from ledger.peers.book.checks import Challenge
from ledger.peers.book.peers import PEER
from ledger.peers.peering import Peering

MOST_CHALLENGES = 3_000
"""In one audit; the report then fits into one block."""

_AT_ONCE = 8

_VISITS = 2
"""Before it, so that who was told of at the first is asked as well."""

_LAST_WORDS = frozenset({WRONG, SILENT})
"""Outcomes after which a node is asked no more."""


class TooManyChallengesError(InvalidInputError):
    """An audit would be longer than its report may be."""


class NobodyToAuditError(UnavailableError):
    """No node can be challenged."""


class Reached(StrEnum):
    """Whether a node was challenged, or why not."""

    CHALLENGED = "challenged"
    AWAY = "away"
    NOTHING_SHARED = "nothing-shared"


@dataclass(frozen=True, slots=True)
class PeerAudit:
    """How one node did.

    Attributes:
        url: where it is reached.
        peer_id: who it said it is; empty if it never did.
        state: whether it was challenged.
        challenges: in their order.
    """

    url: str
    peer_id: str
    state: Reached
    challenges: tuple[Challenge, ...]

    def count(self, outcome: str) -> int:
        """How many challenges ended so."""
        return Counter(each.outcome for each in self.challenges)[outcome]

    @property
    def median_seconds(self) -> float | None:
        """Until an answer was there; None where none came."""
        times = [each.seconds for each in self.challenges if each.outcome != SILENT]
        return median(times) if times else None


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of an audit.

    Attributes:
        began: Unix time.
        ended: Unix time.
        rounds: challenges that each node was to get.
        peers: every node that is known and believed, by URL.
    """

    began: float
    ended: float
    rounds: int
    peers: tuple[PeerAudit, ...]

    @property
    def challenges(self) -> int:
        """How many there were."""
        return sum(len(peer.challenges) for peer in self.peers)

    @property
    def failed(self) -> int:
        """How many of them were not passed."""
        return self.challenges - sum(peer.count(PASSED) for peer in self.peers)


def audit(
    peering: Peering,
    rounds: int,
    *,
    planned: Callable[[int], None] = lambda _: None,
    progress: Callable[[int], None] = lambda _: None,
    clock: Callable[[], float] = time.time,
) -> Audit:
    """Challenge every node that can be reached; what is found is kept as of any challenge.

    Args:
        peering: this node among its peers.
        rounds: challenges for each node.
        planned: told how many challenges there are going to be at most.
        progress: told of so many of them at a time.
        clock: gives Unix time.

    Raises:
        TooManyChallengesError: fewer rounds are possible.
        NobodyToAuditError: no node answers, or none holds what this one holds.
    """
    began = clock()
    for _ in range(_VISITS):
        peering.visitor.step()
    now = clock()
    known = sorted(
        (row for row in peering.book.peers.all() if row.kind == PEER and not row.distrusted),
        key=lambda row: row.url,
    )
    here = [row for row in known if row.is_here(now) and not row.failures]
    _require_few(len(here), rounds)
    planned(len(here) * rounds)

    def ask(row: PeerRow) -> PeerAudit:
        made = _challenges(peering, row, rounds, progress)
        state = Reached.CHALLENGED if made else Reached.NOTHING_SHARED
        return PeerAudit(row.url, row.peer_id, state, tuple(made))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = {each.url: each for each in pool.map(ask, here)}
    away = [
        PeerAudit(row.url, row.peer_id, Reached.AWAY, ()) for row in known if row.url not in found
    ]
    done = Audit(began, clock(), rounds, tuple(sorted([*found.values(), *away], key=_url)))
    if not done.challenges:
        raise NobodyToAuditError(
            f"none of {len(known)} nodes could be challenged",
            hint="A node is challenged with what it and this one hold. `perfledger node status` "
            "shows who answers and what they hold.",
        )
    return done


def _challenges(
    peering: Peering, row: PeerRow, rounds: int, progress: Callable[[int], None]
) -> Sequence[Challenge]:
    made: list[Challenge] = []
    while len(made) < rounds:
        challenge = peering.challenger.challenge(row)
        if challenge is None:
            break
        made.append(challenge)
        progress(1)
        if challenge.outcome in _LAST_WORDS:
            break
    progress(rounds - len(made))
    return made


def _require_few(peers: int, rounds: int) -> None:
    if peers * rounds > MOST_CHALLENGES:
        raise TooManyChallengesError(
            f"{rounds:,} rounds with {peers:,} nodes are more than {MOST_CHALLENGES:,} challenges",
            hint=f"Ask for at most {MOST_CHALLENGES // peers:,} rounds.",
        )


def _url(peer: PeerAudit) -> str:
    return peer.url
