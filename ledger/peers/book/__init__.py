"""What a node knows of its peers, and of what it fetches and keeps: one SQLite file.

All of it can be learnt again, except what the operator should know: who lied. Losing the file costs
time, not data.
"""

import time
from collections.abc import Callable
from pathlib import Path

from ledger.peers.book import checks
from ledger.peers.book import holdings
from ledger.peers.book import kept
from ledger.peers.book import peers
from ledger.peers.book import traffic
from ledger.peers.book import wants
from ledger.peers.book.checks import Checks
from ledger.peers.book.holdings import Holdings
from ledger.peers.book.kept import Kept
from ledger.peers.book.peers import ITSELF
from ledger.peers.book.peers import PeerRow
from ledger.peers.book.peers import Peers
from ledger.peers.book.traffic import TrafficTable
from ledger.peers.book.wants import Want
from ledger.peers.book.wants import Wants
from ledger.store.database import Database

__all__ = ["ITSELF", "Book", "PeerRow", "Want"]

_SCHEMA = "".join(part.SCHEMA for part in (peers, holdings, wants, kept, checks, traffic))


class Book:
    """The file.

    Attributes:
        peers: other nodes.
        holdings: what they hold.
        wants: what is missing here.
        kept: what is whole here.
        checks: what was found when stores were looked at.
        traffic: what went to and fro.

    Args:
        path: where it is.
        clock: gives Unix time.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._database = Database(path, _SCHEMA)
        self.peers = Peers(self._database, clock)
        self.holdings = Holdings(self._database, clock)
        self.wants = Wants(self._database, clock)
        self.kept = Kept(self._database, clock)
        self.checks = Checks(self._database, clock)
        self.traffic = TrafficTable(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
