"""What is whole here, and what was dropped: a list that peers read on from where they were."""

from collections.abc import Callable
from collections.abc import Iterable

from ledger.record.cid import Digest
from ledger.store.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    held INTEGER NOT NULL,
    why TEXT NOT NULL DEFAULT '',
    at REAL NOT NULL
);
"""


class Kept:
    """DAGs that a node keeps."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def add(self, digests: Iterable[Digest]) -> list[Digest]:
        """Note DAGs that are whole here; returns those that were not noted."""
        return self._mark(digests, held=True, why="")

    def drop(self, digests: Iterable[Digest], why: str) -> None:
        """Note that DAGs are not kept any more, and why."""
        self._mark(digests, held=False, why=why)

    def all(self) -> set[Digest]:
        """DAGs that are whole here."""
        return {Digest(row[0]) for row in self._database.all("SELECT digest FROM kept WHERE held")}

    def noted(self) -> set[Digest]:
        """DAGs that are whole here, or were and are not kept."""
        return {Digest(row[0]) for row in self._database.all("SELECT digest FROM kept")}

    def has(self, digest: Digest) -> bool:
        """Whether a DAG is whole here."""
        return bool(self._database.all("SELECT 1 FROM kept WHERE digest = ? AND held", digest))

    def changes(self, after: int, limit: int) -> tuple[list[tuple[int, Digest, bool]], int]:
        """What was kept and dropped since a place in the list, and the newest place.

        A place that is newer than the list is one of an earlier list: all is told then.
        """
        ((newest,),) = self._database.all("SELECT coalesce(max(seq), 0) FROM kept")
        rows = self._database.all(
            "SELECT seq, digest, held FROM kept WHERE seq > ? ORDER BY seq LIMIT ?",
            after if after <= newest else 0,
            limit,
        )
        return [(seq, Digest(digest), bool(held)) for seq, digest, held in rows], newest

    def _mark(self, digests: Iterable[Digest], *, held: bool, why: str) -> list[Digest]:
        now = self._clock()
        new = []
        with self._database.transaction() as connection:
            for digest in digests:
                row = connection.execute(
                    "SELECT held FROM kept WHERE digest = ?", (digest,)
                ).fetchone()
                if row is None or bool(row[0]) != held:
                    connection.execute("DELETE FROM kept WHERE digest = ?", (digest,))
                    connection.execute(
                        "INSERT INTO kept (digest, held, why, at) VALUES (?, ?, ?, ?)",
                        (digest, held, why, now),
                    )
                    new.append(digest)
        return new
