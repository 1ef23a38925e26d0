"""The embedded block store: one SQLite file of digest → bytes."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.store.blocks import Block
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import CorruptBlockError
from ledger.store.database import Database

_BATCH = 5_000
"""Blocks in one write; bounds what a generator holds in memory."""

_READ_AHEAD = 500
"""Blocks read at once by `SQLiteBlockStore.get_many`; the same bound for readers."""

_SCHEMA = "CREATE TABLE IF NOT EXISTS blocks (digest BLOB PRIMARY KEY, bytes BLOB NOT NULL);"


class SQLiteBlockStore:
    """Blocks in one SQLite file, safe for several threads and processes.

    Raises:
        UnusableFileError: the file is damaged, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path, _SCHEMA)

    def put_many(self, blocks: Iterable[Block]) -> int:
        """Keep blocks; returns how many were new. All of them are on disk when it returns.

        A failure between two writes leaves some blocks in place, which is harmless: a block means
        nothing until something durable names it.
        """
        new = 0
        remaining = iter(blocks)
        while batch := list(islice(remaining, _BATCH)):
            with self._database.transaction() as connection:
                new += connection.executemany(
                    "INSERT OR IGNORE INTO blocks VALUES (?, ?)", batch
                ).rowcount
        return new

    def get(self, digest: Digest) -> bytes:
        """The bytes of a block, hashed before they are handed out."""
        (block,) = self.get_many([digest])
        return block

    def get_many(self, digests: Sequence[Digest]) -> Iterator[bytes]:
        """The bytes of blocks, in the order asked for, a few hundred in memory at a time."""
        for start in range(0, len(digests), _READ_AHEAD):
            wanted = digests[start : start + _READ_AHEAD]
            found = dict(self._database.find("digest, bytes", "blocks", wanted))
            for digest in wanted:
                if digest not in found:
                    raise BlockNotFoundError(digest)
                yield self._checked(digest, found[digest])

    def missing(self, digests: Sequence[Digest]) -> list[Digest]:
        """Those of the digests that are not here, in their order."""
        held = {row[0] for row in self._database.find("digest", "blocks", digests)}
        return [digest for digest in digests if digest not in held]

    def count(self) -> int:
        """How many blocks are here."""
        ((number,),) = self._database.all("SELECT count(*) FROM blocks")
        return int(number)

    def digests(self, after: Digest, limit: int) -> list[Digest]:
        """Digests of blocks that are here, above one, in their order."""
        rows = self._database.all(
            "SELECT digest FROM blocks WHERE digest > ? ORDER BY digest LIMIT ?", after, limit
        )
        return [Digest(row[0]) for row in rows]

    def discard(self, digests: Sequence[Digest]) -> int:
        """Remove blocks; returns how many were here. Their room is used again."""
        gone = 0
        for start in range(0, len(digests), _BATCH):
            with self._database.transaction() as connection:
                gone += connection.executemany(
                    "DELETE FROM blocks WHERE digest = ?",
                    [(digest,) for digest in digests[start : start + _BATCH]],
                ).rowcount
        return gone

    def size_bytes(self) -> int:
        """Bytes of the file that are in use."""
        ((pages,),) = self._database.all("PRAGMA page_count")
        ((free,),) = self._database.all("PRAGMA freelist_count")
        ((size,),) = self._database.all("PRAGMA page_size")
        return int((pages - free) * size)

    def close(self) -> None:
        """Close the file; the write-ahead log is folded back into it."""
        self._database.close()

    def _checked(self, digest: Digest, block: bytes) -> bytes:
        if digest_of(block) != digest:
            raise CorruptBlockError(digest, str(self.path))
        return block
