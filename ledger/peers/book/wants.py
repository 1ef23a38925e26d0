"""What is missing here, and when it is tried again."""

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.peers.book.pauses import is_over
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

HURRIED_SECONDS = 1.0
"""Least time between two tries, whatever others say: it is to them that requests go."""


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
        refused: blocks it was to have at most when it turned out to have more, and was given up; 0:
            it was not. Another anchor may name the same DAG, and allow it more.
    """

    digest: Digest
    kind: str
    since: float
    attempts: int
    next_try: float
    problem: str
    refused: int

    def is_due(self, now: float, most_blocks: int) -> bool:
        """Whether it is to be tried now, with so many blocks."""
        return most_blocks > self.refused and is_over(self.next_try, now)


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
        return [Want(*row) for row in rows]

    def got(self, digests: Iterable[Digest]) -> None:
        """Note that DAGs are no longer missing."""
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM wants WHERE digest = ?", [(each,) for each in digests]
            )

    def failed(self, digest: Digest, problem: str, *, refused: int = 0) -> None:
        """Note that a try failed; the next one comes after a pause that doubles.

        Args:
            digest: what was tried.
            problem: why it failed.
            refused: the number of blocks that it exceeds, if it is given up for that.
        """
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

    def arrived(self, digests: Iterable[Digest]) -> None:
        """Note that all blocks of DAGs came; the index reads them next."""
        later = self._clock() + INDEXING_SECONDS
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE wants SET next_try = ?, problem = '' WHERE digest = ?",
                [(later, digest) for digest in digests],
            )

    def hurry(self, digests: Iterable[Digest]) -> int:
        """Try these again soon: somebody else says to have them; returns how many wait for that."""
        hurried = 0
        with self._database.transaction() as connection:
            for digest in digests:
                row = connection.execute(
                    "SELECT attempts, next_try FROM wants "
                    "WHERE digest = ? AND problem != '' AND NOT refused",
                    (digest,),
                ).fetchone()
                if row is None:
                    continue
                tried = row[1] - pause_after(row[0] - 1)
                hurried += connection.execute(
                    "UPDATE wants SET next_try = min(next_try, ?) WHERE digest = ?",
                    (tried + HURRIED_SECONDS, digest),
                ).rowcount
        return hurried
