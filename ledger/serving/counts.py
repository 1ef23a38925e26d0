"""How often somebody has asked, counted over all processes of a home.

SQLite rather than a server for it (Redis, memcached): the processes are on one machine, and there
is nothing more to install and to look after. A count is worth no wait for the disk, and nothing is
lost with the file.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from ledger.store.database import Database

_SCHEMA = """
PRAGMA synchronous=OFF;
CREATE TABLE IF NOT EXISTS counts (
    name BLOB PRIMARY KEY,
    number INTEGER NOT NULL,
    ends_at REAL NOT NULL
) WITHOUT ROWID;
"""

_NAME_BYTES = 16

SWEEP_SECONDS = 60.0
"""Between two looks for windows that are over."""


class SharedCounts:
    """Counts in windows of time, each of which begins with the first that is counted in it.

    Whose counts they are is kept as a hash: who asks a node stands in no file.

    Args:
        path: the file, made if there is none.
        clock: seconds since 1970, the same for all processes.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._database = Database(path, _SCHEMA)
        self._clock = clock
        self._swept_at = 0.0

    def add(self, name: str, number: int, window_seconds: float) -> int:
        """Count so many more; returns how many that makes in the present window."""
        now = self._clock()
        with self._database.transaction() as connection:
            if now - self._swept_at >= SWEEP_SECONDS:
                connection.execute("DELETE FROM counts WHERE ends_at <= ?", (now,))
                self._swept_at = now
            (found,) = connection.execute(
                "INSERT INTO counts VALUES (:name, :number, :ends)"
                " ON CONFLICT (name) DO UPDATE SET"
                " number = iif(ends_at <= :now, :number, number + :number),"
                " ends_at = iif(ends_at <= :now, :ends, ends_at)"
                " RETURNING number",
                {"name": _hash(name), "number": number, "now": now, "ends": now + window_seconds},
            ).fetchone()
        return int(found)

    def of(self, name: str) -> tuple[int, float]:
        """How many there are in the present window, and when it ends (seconds since 1970).

        Where none has begun: nought, and now.
        """
        now = self._clock()
        rows = self._database.all(
            "SELECT number, ends_at FROM counts WHERE name = ? AND ends_at > ?", _hash(name), now
        )
        return (int(rows[0][0]), float(rows[0][1])) if rows else (0, now)

    def forget(self, name: str) -> None:
        """Begin anew for one name."""
        self._database.execute("DELETE FROM counts WHERE name = ?", _hash(name))

    def forget_all(self) -> int:
        """Begin anew; returns how many counts there were."""
        with self._database.transaction() as connection:
            return connection.execute("DELETE FROM counts").rowcount

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _hash(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=_NAME_BYTES).digest()
