"""A small SQLite database that loses nothing it has acknowledged."""

import sqlite3
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from filelock import FileLock

from ledger.errors import SettingsError
from ledger.store.files import usable

_PRAGMAS = """
PRAGMA synchronous=FULL;
PRAGMA foreign_keys=ON;
"""

_LOOKUP = 500
"""Values in one query; below SQLite's limit on variables (999 in old builds)."""


_WAL_HEADER = (18, b"\x02\x02")
"""Where a SQLite file says that it is in WAL mode (https://sqlite.org/fileformat.html, 1.3.3)."""


def use_write_ahead_log(path: Path) -> None:
    """Put a SQLite file into WAL mode, which it then keeps; made if there is none.

    SQLite does not wait for others while it changes the mode, so of several processes that open a
    new file at once all but one would fail. They take turns instead.
    """
    if _in_wal_mode(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(path.name + ".lock")), usable(path):
        if not _in_wal_mode(path):
            connection = sqlite3.connect(path, timeout=60)
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            finally:
                connection.close()


def reading_uri(path: Path) -> str:
    """The URI under which SQLite opens a file for reading, and leaves nothing beside it.

    A file in WAL mode has a log beside it, which even a reader makes. Where there is none, nobody
    has the file open, and it can be read as one that does not change.
    """
    in_use = path.with_name(path.name + "-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro" + ("" if in_use else "&immutable=1")


def _in_wal_mode(path: Path) -> bool:
    offset, wanted = _WAL_HEADER
    try:
        with path.open("rb") as file:
            return file.read(offset + len(wanted))[offset:] == wanted
    except OSError:
        return False


class NewerFileError(SettingsError):
    """A file was written by a later version, which may mean other things by the same tables."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{path} has layout {found}; this version of perfledger knows up to {known}",
            hint="Use the version that wrote it, or a later one. Nothing was changed.",
        )


class Database:
    """One SQLite file, safe for several threads and processes; a commit waits for the disk.

    ``synchronous=FULL`` syncs the write-ahead log at every commit, which is what allows an
    acknowledged record to survive a power cut. One connection serves all threads in turn: reads
    are short, and SQLite takes one writer at a time anyway.

    Args:
        path: the file, made if there is none.
        schema: statements that make what is not there yet.
        layout: number of the schema; it rises when a later version could not work with this one's
            tables.

    Raises:
        UnusableFileError: the file is damaged, or cannot be opened.
        NewerFileError: a later version wrote it.
    """

    def __init__(self, path: Path, schema: str, *, layout: int = 1) -> None:
        use_write_ahead_log(path)
        self._lock = RLock()
        self._path = path
        with usable(path):
            self._connection = sqlite3.connect(
                path, timeout=60, isolation_level=None, check_same_thread=False
            )
            try:
                self._open(schema, layout)
            except (sqlite3.Error, NewerFileError):
                self._connection.close()
                raise

    def _open(self, schema: str, layout: int) -> None:
        """Say what the file is (``user_version``, which SQLite leaves to applications)."""
        (found,) = self._connection.execute("PRAGMA user_version").fetchone()
        if found > layout:
            raise NewerFileError(self._path, found, layout)
        self._connection.executescript(_PRAGMAS + schema)
        if found < layout:
            self._connection.execute(f"PRAGMA user_version={layout:d}")

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
        """All of it or nothing; on disk when it ends.

        Raises:
            UnusableFileError: it cannot be written; nothing of it is.
            sqlite3.IntegrityError: a constraint is broken; nothing of it is written.
        """
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
