"""Signed transactions, kept before they are sent until nobody needs them any more.

A transaction that is on disk before it leaves can be sent again after a crash: it is the same one,
and mined at most once. The journal also knows the nonces that are taken, whatever the node has
forgotten of its pool.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from ledger.chain.offers import Fees
from ledger.store.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS transactions (
    sender TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    raw BLOB NOT NULL,
    hash BLOB NOT NULL,
    max_fee INTEGER NOT NULL,
    priority_fee INTEGER NOT NULL,
    signed_at_block INTEGER NOT NULL,
    PRIMARY KEY (sender, nonce, attempt)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transactions_by_purpose ON transactions (sender, purpose);
"""

_COLUMNS = "purpose, nonce, raw, hash, max_fee, priority_fee, signed_at_block"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction.

    Attributes:
        purpose: what it does.
        nonce: the sender's.
        raw: as the network takes it (EIP-2718).
        hash: Keccak-256 of ``raw``.
        fees: what it offers.
        signed_at_block: head of the chain at the time.
    """

    purpose: str
    nonce: int
    raw: bytes
    hash: bytes
    fees: Fees
    signed_at_block: int


class TransactionJournal:
    """The transactions of this home's keys that are on their way.

    A transaction has a purpose, which names what it does (``anchor 0x…``); one purpose has one
    nonce, and several attempts where it had to be priced anew.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def turn(self, sender: str) -> AbstractContextManager[object]:
        """Held by the one thread and process that uses a key's nonces."""
        return FileLock(self._folder / f"{sender}.lock")

    def attempts(self, sender: str, purpose: str) -> list[Attempt]:
        """The attempts for a purpose, newest first."""
        return self._select("sender = ? AND purpose = ?", sender, purpose)

    def before(self, sender: str, nonce: int) -> list[Attempt]:
        """Attempts of a key for lower nonces, newest first."""
        return self._select("sender = ? AND nonce < ?", sender, nonce)

    def at(self, sender: str, nonce: int) -> list[Attempt]:
        """Attempts of a key for one nonce, newest first."""
        return self._select("sender = ? AND nonce = ?", sender, nonce)

    def nonces(self, sender: str, start: int) -> list[int]:
        """The nonces from one on that are taken here, lowest first."""
        query = "SELECT DISTINCT nonce FROM transactions WHERE sender = ? AND nonce >= ?"
        return sorted(nonce for (nonce,) in self._database.all(query, sender, start))

    def keep(self, sender: str, attempt: Attempt) -> None:
        """Keep an attempt; it is on disk when this returns."""
        self._database.execute(
            "INSERT INTO transactions VALUES (?, ?, (SELECT coalesce(max(attempt) + 1, 0)"
            " FROM transactions WHERE sender = ? AND nonce = ?), ?, ?, ?, ?, ?, ?)",
            sender,
            attempt.nonce,
            sender,
            attempt.nonce,
            attempt.purpose,
            attempt.raw,
            attempt.hash,
            attempt.fees.most,
            attempt.fees.priority,
            attempt.signed_at_block,
        )

    def drop(self, sender: str, attempt: Attempt) -> None:
        """Let go of one attempt, which no node took."""
        self._database.execute(
            "DELETE FROM transactions WHERE sender = ? AND nonce = ? AND hash = ?",
            sender,
            attempt.nonce,
            attempt.hash,
        )

    def forget(self, sender: str, purpose: str) -> None:
        """Let go of a purpose: it is done, or none of its attempts can be mined any more."""
        self._database.execute(
            "DELETE FROM transactions WHERE sender = ? AND purpose = ?", sender, purpose
        )

    def _select(self, condition: str, *values: object) -> list[Attempt]:
        rows = self._database.all(
            f"SELECT {_COLUMNS} FROM transactions WHERE {condition}"  # noqa: S608 - our own words
            " ORDER BY nonce DESC, attempt DESC",
            *values,
        )
        return [
            Attempt(purpose, nonce, raw, hash_, Fees(most, priority), block)
            for purpose, nonce, raw, hash_, most, priority, block in rows
        ]
