"""The embedded block store: one SQLite file of digest → bytes."""

import sqlite3
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from threading import Lock

from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.store.blocks import Block
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import CorruptBlockError
from ledger.store.files import usable

_BATCH = 5_000
"""Blocks in one write; bounds what a generator holds in memory."""

_LOOKUP = 500
"""Digests in one query; below SQLite's limit on variables (999 in old builds)."""


_SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE IF NOT EXISTS blocks (digest BLOB PRIMARY KEY, bytes BLOB NOT NULL);
"""


class SQLiteBlockStore:
    """Blocks in one SQLite file, safe for several threads and processes.

    ``synchronous=FULL`` makes a commit wait for the disk (WAL file synced), which is what allows
    an acknowledged record to survive a power cut. One connection serves all threads in turn:
    reads are short, and SQLite takes one writer at a time anyway.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = Lock()
        with usable(path):
            self._connection = sqlite3.connect(
                path, timeout=60, isolation_level=None, check_same_thread=False
            )
            try:
                self._connection.executescript(_SCHEMA)
            except sqlite3.Error:
                self._connection.close()
                raise

    def put_many(self, blocks: Iterable[Block]) -> int:
        """Keep blocks; returns how many were new. All of them are on disk when it returns.

        A failure between two writes leaves some blocks in place, which is harmless: a block means
        nothing until something durable names it.
        """
        new = 0
        remaining = iter(blocks)
        while batch := list(islice(remaining, _BATCH)):
            with self._lock, usable(self.path):
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    cursor = self._connection.executemany(
                        "INSERT OR IGNORE INTO blocks VALUES (?, ?)", batch
                    )
                    new += cursor.rowcount
                except BaseException:
                    if self._connection.in_transaction:  # a full disk has ended it already
                        self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
        return new

    def get(self, digest: Digest) -> bytes:
        """The bytes of a block, hashed before they are handed out."""
        with self._lock, usable(self.path):
            row = self._connection.execute(
                "SELECT bytes FROM blocks WHERE digest = ?", (digest,)
            ).fetchone()
        if row is None:
            raise BlockNotFoundError(digest)
        return self._checked(digest, row[0])

    def get_many(self, digests: Sequence[Digest]) -> Iterator[bytes]:
        """The bytes of blocks, in the order asked for, a few hundred in memory at a time."""
        for start in range(0, len(digests), _LOOKUP):
            wanted = digests[start : start + _LOOKUP]
            marks = ",".join("?" * len(wanted))
            with self._lock, usable(self.path):
                found = dict(
                    self._connection.execute(
                        f"SELECT digest, bytes FROM blocks WHERE digest IN ({marks})",  # noqa: S608 - question marks only
                        wanted,
                    )
                )
            for digest in wanted:
                if digest not in found:
                    raise BlockNotFoundError(digest)
                yield self._checked(digest, found[digest])

    def missing(self, digests: Sequence[Digest]) -> list[Digest]:
        """Those of the digests that are not here, in their order."""
        absent: list[Digest] = []
        for start in range(0, len(digests), _LOOKUP):
            wanted = digests[start : start + _LOOKUP]
            marks = ",".join("?" * len(wanted))
            with self._lock, usable(self.path):
                held = {
                    row[0]
                    for row in self._connection.execute(
                        f"SELECT digest FROM blocks WHERE digest IN ({marks})",  # noqa: S608 - question marks only
                        wanted,
                    )
                }
            absent.extend(digest for digest in wanted if digest not in held)
        return absent

    def count(self) -> int:
        """How many blocks are here."""
        with self._lock, usable(self.path):
            number: int = self._connection.execute("SELECT count(*) FROM blocks").fetchone()[0]
        return number

    def close(self) -> None:
        """Close the file; the write-ahead log is folded back into it."""
        with self._lock:
            self._connection.close()

    def _checked(self, digest: Digest, block: bytes) -> bytes:
        if digest_of(block) != digest:
            raise CorruptBlockError(digest, str(self.path))
        return block
