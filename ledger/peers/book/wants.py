"""What is missing here, and when it is tried again."""

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.peers.book.pauses import pause_after
from ledger.record.cid import Digest
from ledger.store.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS wants (
    digest BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    since REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT '',
    refused INTEGER NOT NULL DEFAULT 0
);
"""


INDEXING_SECONDS = 60.0
"""Until a DAG whose blocks came is looked at again, should the index not have read it by then."""


@dataclass(frozen=True, slots=True)
class Want:
    """A DAG that is not here yet.

    Attributes:
        digest: its root.
        kind: ``batch`` or ``report``.
        since: Unix time at which it was first missed.
        attempts: tries so far.
        next_try: when it is tried again.
        problem: why it is not here.
        refused: whether it is given up, because it is not what was anchored.
    """

    digest: Digest
    kind: str
    since: float
    attempts: int
    next_try: float
    problem: str
    refused: bool


class Wants:
    """DAGs that a node lacks."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def add(self, digests: Iterable[tuple[Digest, str]]) -> None:
        """Note DAGs that are missing."""
        now = self._clock()
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO wants (digest, kind, since) VALUES (?, ?, ?)",
                [(digest, kind, now) for digest, kind in digests],
            )

    def all(self) -> list[Want]:
        """All that is missing, the longest missed first."""
        rows = self._database.all(
            "SELECT digest, kind, since, attempts, next_try, problem, refused FROM wants "
            "ORDER BY since, digest"
        )
        return [
            Want(digest, kind, since, attempts, next_try, problem, bool(refused))
            for digest, kind, since, attempts, next_try, problem, refused in rows
        ]

    def got(self, digests: Iterable[Digest]) -> None:
        """Note that DAGs are no longer missing."""
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM wants WHERE digest = ?", [(each,) for each in digests]
            )

    def failed(self, digest: Digest, problem: str, *, refused: bool = False) -> None:
        """Note that a try failed; the next one comes after a pause that doubles."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT attempts FROM wants WHERE digest = ?", (digest,)
            ).fetchone()
            if row is not None:
                connection.execute(
                    "UPDATE wants SET attempts = ?, next_try = ?, problem = ?, refused = ? "
                    "WHERE digest = ?",
                    (
                        row[0] + 1,
                        self._clock() + pause_after(row[0]),
                        problem[:500],
                        refused,
                        digest,
                    ),
                )

    def arrived(self, digest: Digest) -> None:
        """Note that all blocks of a DAG came; the index reads it next."""
        self._database.execute(
            "UPDATE wants SET next_try = ?, problem = '' WHERE digest = ?",
            self._clock() + INDEXING_SECONDS,
            digest,
        )

    def hurry(self, digests: Iterable[Digest]) -> None:
        """Try these again at once: somebody says that they have them."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE wants SET next_try = 0 WHERE digest = ? AND problem != '' AND NOT refused",
                [(each,) for each in digests],
            )
