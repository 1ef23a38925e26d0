"""What was taken before, so that nothing is taken twice and nothing is lost."""

import time
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path

from ledger.store.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS watched (
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    changed TEXT NOT NULL,
    since REAL NOT NULL,
    cid TEXT,
    reason TEXT,
    signed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source, name)
);
"""


class Memory:
    """Of one source, in one file of the home folder.

    A record is durable before it is noted here, and the same log always gives the same record. So a
    process that is killed between the two reads the log again and adds nothing.

    Args:
        path: the file, made if there is none.
        source: which source.
        notes: whether anything is noted; otherwise it only looks.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        path: Path,
        source: str,
        *,
        notes: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._notes = notes
        self._database = Database(path, _SCHEMA)
        self._source = source
        self._clock = clock

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def is_settled(self, name: str, changed: str) -> bool:
        """Whether there is nothing to do: it was taken, or refused as it is now."""
        return bool(
            self._database.all(
                "SELECT 1 FROM watched WHERE source = ? AND name = ? "
                "AND (cid IS NOT NULL OR (reason IS NOT NULL AND changed = ?))",
                self._source,
                name,
                changed,
            )
        )

    def unchanged_since(self, name: str, changed: str, changed_at: float | None) -> float:
        """Since when it has been as it is, in seconds since 1970, as far as anybody knows."""
        now = self._clock()
        found = self._database.all(
            "SELECT changed, since FROM watched WHERE source = ? AND name = ?", self._source, name
        )
        if found and found[0][0] == changed:
            return float(found[0][1])
        since = min(now, changed_at or now)
        self._note(name, changed, since, None, None)
        return since

    def taken(self, name: str, changed: str, cid: str) -> None:
        """Note that its record is kept."""
        self._note(name, changed, self._clock(), cid, None)

    def refused(self, name: str, changed: str, reason: str) -> None:
        """Note that there is no record of it as it is now."""
        self._note(name, changed, self._clock(), None, reason)

    def unsigned(self) -> list[str]:
        """CIDs of records that were taken and not signed, in the order they were taken."""
        rows = self._database.all(
            "SELECT cid FROM watched WHERE source = ? AND cid IS NOT NULL AND NOT signed "
            "ORDER BY since",
            self._source,
        )
        return [str(cid) for (cid,) in rows]

    def names_taken(self) -> list[str]:
        """What need not be there any more: its record is durable here."""
        rows = self._database.all(
            "SELECT name FROM watched WHERE source = ? AND cid IS NOT NULL", self._source
        )
        return [str(name) for (name,) in rows]

    def signed(self, cids: Sequence[str]) -> None:
        """Note that they need no signature any more."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE watched SET signed = 1 WHERE source = ? AND cid = ?",
                [(self._source, cid) for cid in cids],
            )

    def _note(
        self, name: str, changed: str, since: float, cid: str | None, reason: str | None
    ) -> None:
        if not self._notes:
            return
        self._database.execute(
            "INSERT INTO watched (source, name, changed, since, cid, reason) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, name) DO UPDATE SET "
            "changed = excluded.changed, since = excluded.since, cid = excluded.cid, "
            "reason = excluded.reason",
            self._source,
            name,
            changed,
            since,
            cid,
            reason,
        )
