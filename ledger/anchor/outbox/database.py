"""The outbox's SQLite file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from ledger.store.files import usable

_SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
PRAGMA foreign_keys=ON;
CREATE TABLE IF NOT EXISTS records (
    position INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    submission TEXT REFERENCES submissions
);
CREATE INDEX IF NOT EXISTS records_by_submission ON records (submission);
CREATE TABLE IF NOT EXISTS submissions (
    id TEXT PRIMARY KEY,
    contributor TEXT NOT NULL,
    signature BLOB NOT NULL,
    count INTEGER NOT NULL,
    created_at REAL NOT NULL,
    batch BLOB REFERENCES batches
);
CREATE INDEX IF NOT EXISTS submissions_by_batch ON submissions (batch);
CREATE TABLE IF NOT EXISTS batches (
    id BLOB PRIMARY KEY,
    root BLOB NOT NULL,
    manifest BLOB NOT NULL,
    count INTEGER NOT NULL,
    publisher TEXT NOT NULL,
    state TEXT NOT NULL,
    raw_transaction BLOB,
    transaction_hash BLOB,
    block_number INTEGER,
    block_hash BLOB,
    gas_used INTEGER,
    problem TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS attestations (
    batch BLOB NOT NULL,
    validator TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    report BLOB NOT NULL,
    PRIMARY KEY (batch, validator, sequence)
);
"""


class Database:
    """One SQLite file, safe for several threads and processes; a commit waits for the disk."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._path = path
        with usable(path):
            self._connection = sqlite3.connect(
                path, timeout=60, isolation_level=None, check_same_thread=False
            )
            try:
                self._connection.executescript(_SCHEMA)
            except sqlite3.Error:
                self._connection.close()
                raise

    def all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._lock, usable(self._path):
            return self._connection.execute(statement, values).fetchall()

    def execute(self, statement: str, *values: object) -> None:
        """Run one statement as a transaction."""
        with self.transaction() as connection:
            connection.execute(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; on disk when it ends."""
        with self._lock, usable(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:  # a full disk has ended it already
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
