"""What is whole here, and what was dropped: a list that peers read on from where they were."""

import secrets
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
CREATE TABLE IF NOT EXISTS kept_list (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    name TEXT NOT NULL
);
"""

LOST = "blocks of it are missing"
"""Why a DAG is not kept that should be: it is fetched again."""


class Kept:
    """DAGs that a node keeps.

    Attributes:
        name: of the list; a new file has a new one, so that peers do not take places in one list
            for places in another.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        database.execute("INSERT OR IGNORE INTO kept_list VALUES (0, ?)", secrets.token_hex(8))
        ((self.name,),) = database.all("SELECT name FROM kept_list")

    def add(self, digests: Iterable[Digest]) -> list[Digest]:
        """Note DAGs that are whole here; returns those that were not noted."""
        return self._mark(digests, held=True, why="")

    def drop(self, digests: Iterable[Digest], why: str) -> None:
        """Note that DAGs are not kept any more, and why."""
        self._mark(digests, held=False, why=why)

    def lost(self, digests: Iterable[Digest]) -> None:
        """Note that DAGs are not whole here any more, and should be."""
        self._mark(digests, held=False, why=LOST)

    def again(self, digests: Iterable[Digest]) -> None:
        """Note that DAGs which were dropped should be here after all."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE kept SET why = ? WHERE digest = ? AND NOT held",
                [(LOST, each) for each in digests],
            )

    def dropped(self) -> dict[Digest, str]:
        """DAGs that are not kept any more, and why."""
        rows = self._database.all("SELECT digest, why FROM kept WHERE NOT held AND why != ?", LOST)
        return {Digest(digest): why for digest, why in rows}

    def state(self) -> tuple[int, int]:
        """Changes with what is kept, and with what should be."""
        ((newest, lost),) = self._database.all(
            "SELECT coalesce(max(seq), 0), count(*) FILTER (WHERE why = ?) FROM kept", LOST
        )
        return newest, lost

    def all(self) -> set[Digest]:
        """DAGs that are whole here."""
        return {Digest(row[0]) for row in self._database.all("SELECT digest FROM kept WHERE held")}

    def has(self, digest: Digest) -> bool:
        """Whether a DAG is whole here."""
        return bool(self._database.all("SELECT 1 FROM kept WHERE digest = ? AND held", digest))

    def changes(self, after: int, limit: int) -> tuple[list[tuple[int, Digest, bool]], int]:
        """What was kept and dropped since a place in the list, and the newest place.

        A place that is newer than the list is none in it: all is told then.
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
