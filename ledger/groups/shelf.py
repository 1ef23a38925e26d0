"""What this home has opened, so that no envelope is opened twice.

The file holds plain records. It is apart from the index and the block store, which others are
served from; only its owner may read it, and whatever is in it can be had again from the blocks.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ledger.groups.opening import Opened
from ledger.index.rows import execution_key
from ledger.record.cid import Digest
from ledger.store.private import private_database

_LOOKUP = 500
"""Values in one query; below SQLite's limit on variables (999 in old builds)."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS opened (
    digest BLOB PRIMARY KEY,
    group_id TEXT NOT NULL,
    record_digest BLOB NOT NULL,
    contributor TEXT NOT NULL,
    bearer TEXT NOT NULL,
    job TEXT NOT NULL,
    execution BLOB,
    record BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS opened_by_record ON opened (group_id, record_digest);
CREATE INDEX IF NOT EXISTS opened_by_execution ON opened (group_id, execution);
CREATE INDEX IF NOT EXISTS opened_by_job ON opened (group_id, job);
CREATE TABLE IF NOT EXISTS closed (
    digest BLOB PRIMARY KEY,
    keys TEXT NOT NULL,
    problem TEXT NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Closed:
    """An envelope of which there is nothing to see.

    Attributes:
        problem: what is wrong with what is in it; empty: it is sealed for others.
    """

    problem: str


class Held(NamedTuple):
    """What is said of an opened envelope where its record is not needed.

    Attributes:
        record: digest of the record.
        execution: key of its execution; None where it does not tell repeats apart.
        contributor: EIP-55 address of who signed the record.
        bearer: EIP-55 address of who may hand the envelope in.
    """

    record: Digest
    execution: bytes | None
    contributor: str
    bearer: str


class Shelf:
    """Opened envelopes, and those that no identity of this home opens.

    Args:
        path: its file, made if there is none. Only its owner may read it.
    """

    def __init__(self, path: Path) -> None:
        self._database = private_database(path, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def put(self, keys: str, found: Iterable[tuple[Digest, Opened | Closed]]) -> None:
        """Keep what opening envelopes led to.

        Args:
            keys: names the identities that were tried, so that others are tried again.
            found: by the envelopes' digests.
        """
        with self._database.transaction() as write:
            for digest, each in found:
                if isinstance(each, Closed):
                    row: tuple[object, ...] = (digest, keys, each.problem)
                    write.execute("INSERT OR REPLACE INTO closed VALUES (?, ?, ?)", row)
                    continue
                write.execute(
                    "INSERT OR REPLACE INTO opened VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        digest,
                        each.group,
                        each.digest,
                        each.contributor,
                        each.bearer,
                        each.record.job.name,
                        execution_key(each.record),
                        each.block,
                    ),
                )

    def known(self, keys: str, digests: Sequence[Digest]) -> dict[Digest, Opened | Closed]:
        """Those of the envelopes that were tried with these identities, or opened with any."""
        found: dict[Digest, Opened | Closed] = {
            Digest(digest): Closed(problem)
            for digest, tried, problem in self._database.find(
                "digest, keys, problem", "closed", digests
            )
            if tried == keys
        }
        columns = "digest, group_id, contributor, bearer, record"
        for digest, *rest in self._database.find(columns, "opened", digests):
            found[Digest(digest)] = Opened(*rest)
        return found

    def untried(self, keys: str, envelopes: Sequence[Digest]) -> list[Digest]:
        """Those of the envelopes that neither these identities nor others that opened it tried."""
        tried = self._database.all(
            "SELECT digest FROM opened UNION ALL SELECT digest FROM closed WHERE keys = ?", keys
        )
        known = {digest for (digest,) in tried}
        return [digest for digest in dict.fromkeys(envelopes) if digest not in known]

    def read(self, envelopes: Sequence[Digest]) -> list[Opened]:
        """What was in those of the envelopes that were opened."""
        columns = "group_id, contributor, bearer, record"
        return [Opened(*row) for row in self._database.find(columns, "opened", envelopes)]

    def holding(self, group_id: str, records: Sequence[Digest]) -> dict[Digest, Held]:
        """Envelopes of a group that hold one of some records."""
        return self._among(group_id, "record_digest", records)

    def executed(self, group_id: str, executions: Sequence[bytes]) -> dict[Digest, Held]:
        """Envelopes of a group that hold a record of one of some executions."""
        return self._among(group_id, "execution", executions)

    def of_job(self, group_id: str, job: str) -> Iterator[tuple[Digest, str]]:
        """Envelopes of a group that hold records of a job, with who may hand each in.

        Few are in memory at once.
        """
        after = b""
        while rows := self._database.all(
            "SELECT digest, bearer FROM opened WHERE group_id = ? AND job = ? AND digest > ?"
            " ORDER BY digest LIMIT ?",
            group_id,
            job,
            after,
            _LOOKUP,
        ):
            yield from ((Digest(digest), bearer) for digest, bearer in rows)
            after = rows[-1][0]

    def _among(self, group_id: str, column: str, wanted: Sequence[bytes]) -> dict[Digest, Held]:
        found: dict[Digest, Held] = {}
        for start in range(0, len(wanted), _LOOKUP):
            part = wanted[start : start + _LOOKUP]
            marks = ",".join("?" * len(part))
            rows = self._database.all(
                "SELECT digest, record_digest, execution, contributor, bearer FROM opened"  # noqa: S608 - our own names and question marks
                f" WHERE group_id = ? AND {column} IN ({marks})",
                group_id,
                *part,
            )
            found |= {Digest(digest): Held(*rest) for digest, *rest in rows}
        return found
