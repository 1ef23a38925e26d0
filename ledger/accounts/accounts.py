"""Accounts of one node, in one file of its home."""

import time
from collections.abc import Callable
from pathlib import Path

from ledger.accounts.sessions import Sessions
from ledger.accounts.tables import SCHEMA
from ledger.accounts.tokens import Tokens
from ledger.store.database import Database


class Accounts:
    """Who is signed in, and which tokens there are.

    An account is an Ethereum address: there is nothing to register, and nothing to forget.

    Args:
        path: the file, made if there is none.
        clock: seconds since 1970.

    Attributes:
        sessions: who is signed in.
        tokens: what programs may do.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._database = Database(path, SCHEMA)
        self.sessions = Sessions(self._database, clock)
        self.tokens = Tokens(self._database, clock)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
