"""A small SQLite database that loses nothing it has acknowledged."""

import sqlite3
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from ledger.store.files import usable

_PRAGMAS = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
PRAGMA foreign_keys=ON;
"""

_LOOKUP = 500
"""Values in one query; below SQLite's limit on variables (999 in old builds)."""


class Database:
    """One SQLite file, safe for several threads and processes; a commit waits for the disk.

    ``synchronous=FULL`` syncs the write-ahead log at every commit, which is what allows an
    acknowledged record to survive a power cut. One connection serves all threads in turn: reads
    are short, and SQLite takes one writer at a time anyway.

    Raises:
        UnusableFileError: the file is damaged, or cannot be opened.
    """

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._path = path
        with usable(path):
            self._connection = sqlite3.connect(
                path, timeout=60, isolation_level=None, check_same_thread=False
            )
            try:
                self._connection.executescript(_PRAGMAS + schema)
            except sqlite3.Error:
                self._connection.close()
                raise

    def all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._lock, usable(self._path):
            return self._connection.execute(statement, values).fetchall()

    def find(self, columns: str, table: str, digests: Sequence[bytes]) -> list[tuple[Any, ...]]:
        """The rows of a table whose ``digest`` is one of these, however many there are."""
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(digests), _LOOKUP):
            wanted = digests[start : start + _LOOKUP]
            marks = ",".join("?" * len(wanted))
            rows += self.all(
                f"SELECT {columns} FROM {table} WHERE digest IN ({marks})",  # noqa: S608 - our own names and question marks
                *wanted,
            )
        return rows

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
