"""Records of this home that are for a group, until they are on their way.

They are kept apart from the block store, so that nothing that serves blocks can serve them, and
apart from the outbox and the index, which the app shows. Only their owner may read the file.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

from ledger.record.cid import Digest
from ledger.store.blocks import Block
from ledger.store.private import private_database

_AT_ONCE = 100
"""Records in memory, each of up to 216 KiB."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS waiting (
    position INTEGER PRIMARY KEY,
    group_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    record BLOB NOT NULL,
    envelope BLOB,
    bearer TEXT,
    sent INTEGER NOT NULL DEFAULT 0,
    UNIQUE (group_id, digest)
);
CREATE INDEX IF NOT EXISTS waiting_by_place ON waiting (group_id, position);
CREATE INDEX IF NOT EXISTS waiting_by_digest ON waiting (digest);
CREATE INDEX IF NOT EXISTS waiting_by_sent ON waiting (sent, group_id);
"""


class Waiting:
    """The records of a home that are for groups.

    Args:
        path: their file, made if there is none. Only its owner may read it.
    """

    def __init__(self, path: Path) -> None:
        self._database = private_database(path, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def accept(self, group_id: str, records: Iterable[Block]) -> set[Digest]:
        """Acknowledge records for a group; returns those that are new. On disk when it returns."""
        new: set[Digest] = set()
        with self._database.transaction() as write:
            for digest, record in records:
                added = write.execute(
                    "INSERT OR IGNORE INTO waiting (group_id, digest, record) VALUES (?, ?, ?)",
                    (group_id, digest, record),
                )
                if added.rowcount:
                    new.add(digest)
        return new

    def unsealed(self, group_id: str, most: int) -> list[bytes]:
        """The oldest records that nobody has signed and sealed yet."""
        rows = self._database.all(
            "SELECT record FROM waiting WHERE sent = 0 AND group_id = ? AND envelope IS NULL"
            " ORDER BY position LIMIT ?",
            group_id,
            most,
        )
        return [record for (record,) in rows]

    def unsealed_of(self, group_id: str, digests: Sequence[Digest]) -> list[bytes]:
        """Those of some records that nobody has signed and sealed yet."""
        rows = self._database.find("group_id, envelope, record", "waiting", digests)
        return [
            record for group, envelope, record in rows if group == group_id and envelope is None
        ]

    def sealed_among(self, group_id: str, digests: Sequence[Digest]) -> set[Digest]:
        """Those of some records that are signed and sealed for a group."""
        rows = self._database.find("group_id, envelope, digest", "waiting", digests)
        return {
            Digest(digest)
            for group, envelope, digest in rows
            if group == group_id and envelope is not None
        }

    def sealed(self, group_id: str, bearer: str, pairs: Sequence[tuple[Digest, Digest]]) -> None:
        """Note which envelope, whose block is durable, holds which record."""
        with self._database.transaction() as write:
            write.executemany(
                "UPDATE waiting SET envelope = ?, bearer = ? WHERE group_id = ? AND digest = ?"
                " AND envelope IS NULL",
                ((envelope, bearer, group_id, record) for record, envelope in pairs),
            )

    def unsent(self, group_id: str) -> dict[str, list[Digest]]:
        """By bearer, envelopes that are sealed and in no submission yet."""
        found: dict[str, list[Digest]] = {}
        for bearer, envelope in self._database.all(
            "SELECT bearer, envelope FROM waiting WHERE sent = 0 AND group_id = ?"
            " AND envelope IS NOT NULL ORDER BY position",
            group_id,
        ):
            found.setdefault(bearer, []).append(Digest(envelope))
        return found

    def sent(self, envelopes: Sequence[Digest]) -> None:
        """Note that a submission holds these envelopes."""
        with self._database.transaction() as write:
            write.executemany(
                "UPDATE waiting SET sent = 1 WHERE envelope = ?", ((each,) for each in envelopes)
            )

    def groups(self) -> list[str]:
        """Ids of the groups for which something waits to be sealed or sent."""
        rows = self._database.all("SELECT DISTINCT group_id FROM waiting WHERE sent = 0")
        return [group_id for (group_id,) in rows]

    def records(self, group_id: str) -> Iterator[Block]:
        """Records for a group, sealed or not, oldest first; few are in memory at once."""
        after = 0
        while rows := self._database.all(
            "SELECT position, digest, record FROM waiting WHERE group_id = ? AND position > ?"
            " ORDER BY position LIMIT ?",
            group_id,
            after,
            _AT_ONCE,
        ):
            yield from ((Digest(digest), record) for _, digest, record in rows)
            after = rows[-1][0]
