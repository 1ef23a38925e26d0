"""Which deliveries came before: one that is sent again is the same, and adds nothing.

Source: draft-ietf-httpapi-idempotency-key-header-07, section 2.
"""

import time
from collections.abc import Callable
from pathlib import Path

from ledger.hooks.errors import KeyReusedError
from ledger.store.database import Database

KEPT_SECONDS = 30 * 86_400
"""How long a key is remembered. A service that tries again does so for some days; and the same body
is the same record however late it comes."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS deliveries (
    hook TEXT NOT NULL,
    key TEXT NOT NULL,
    body BLOB NOT NULL,
    came_at REAL NOT NULL,
    cid TEXT,
    PRIMARY KEY (hook, key)
);
CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (came_at);
"""


class Deliveries:
    """Keys of deliveries, in one file of the home folder.

    Args:
        path: the file, made if there is none.
        clock: seconds since 1970.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._database = Database(path, _SCHEMA)
        self._clock = clock

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def begin(self, hook: str, key: str, body: bytes) -> str | None:
        """Note that a delivery has come; returns the CID of its record if it came before.

        One that came before and of which nothing was kept is begun anew.

        Args:
            hook: it came to.
            key: that names it.
            body: SHA-256 of its bytes.

        Raises:
            KeyReusedError: the key came with another body.
        """
        now = self._clock()
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM deliveries WHERE came_at < ?", (now - KEPT_SECONDS,))
            connection.execute(
                "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?, ?, NULL)",
                (hook, key, body, now),
            )
            kept, cid = connection.execute(
                "SELECT body, cid FROM deliveries WHERE hook = ? AND key = ?", (hook, key)
            ).fetchone()
        if kept != body:
            raise KeyReusedError(key)
        return None if cid is None else str(cid)

    def taken(self, hook: str, key: str, cid: str) -> None:
        """Note that the record of a delivery is kept."""
        self._database.execute(
            "UPDATE deliveries SET cid = ? WHERE hook = ? AND key = ?", cid, hook, key
        )

    def forget(self, hook: str, key: str) -> None:
        """A delivery of which nothing came may come again as something else."""
        self._database.execute(
            "DELETE FROM deliveries WHERE hook = ? AND key = ? AND cid IS NULL", hook, key
        )
