"""Acknowledged records and the signed submissions that hold them."""

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from time import time
from uuid import uuid4

from ledger.anchor.submission import Submission
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.record.cid import Digest
from ledger.store.database import Database


class AlreadySubmittedError(InvalidInputError):
    """Records of a submission are in another one already."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"{number:,} of the records are in an earlier submission",
            hint="Contribute only records that are not on their way yet.",
        )


@dataclass(frozen=True, slots=True)
class OutboundSubmission:
    """A signed submission, and the batch it went into."""

    id: str
    contributor: str
    count: int
    created_at: float
    batch: bytes | None


class RecordQueue:
    """Records from their acknowledgement until a batch holds their submission."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accept(self, digests: Sequence[Digest]) -> None:
        """Acknowledge records whose blocks are already durable. Known ones stay as they are."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO records (digest) VALUES (?)", ((d,) for d in digests)
            )

    def known(self, digests: Sequence[Digest]) -> set[Digest]:
        """Those of the digests that were acknowledged here before."""
        return {Digest(row[0]) for row in self._database.find("digest", "records", digests)}

    def claimed(self, digests: Sequence[Digest]) -> set[Digest]:
        """Those of the digests that a submission of this node holds."""
        found = self._database.find("digest, submission", "records", digests)
        return {Digest(digest) for digest, submission in found if submission is not None}

    def holding(self, digests: Sequence[Digest], contributor: str) -> str | None:
        """The submission by which a contributor handed in exactly these records."""
        found = self._database.find("submission", "records", digests)
        identifiers = {identifier for (identifier,) in found}
        if len(identifiers) != 1 or None in identifiers:
            return None
        submission = self.submission(identifiers.pop())
        same = (submission.contributor, submission.count) == (contributor, len(digests))
        return submission.id if same else None

    def drafts(self, digests: Sequence[Digest]) -> set[Digest]:
        """Those of the digests that were acknowledged here and are in no batch of this node yet."""
        queue = "records LEFT JOIN submissions ON submissions.id = records.submission"
        found = self._database.find("digest, batch", queue, digests)
        return {Digest(digest) for digest, batch in found if batch is None}

    def unsigned(self) -> list[Digest]:
        """Acknowledged records that no submission holds yet, oldest first."""
        return [
            Digest(row[0])
            for row in self._database.all(
                "SELECT digest FROM records WHERE submission IS NULL ORDER BY position"
            )
        ]

    def unsigned_of(self, digests: Sequence[Digest]) -> set[Digest]:
        """Those of the digests that were acknowledged here and that no submission holds yet."""
        found = self._database.find("digest, submission", "records", digests)
        return {Digest(digest) for digest, submission in found if submission is None}

    def count_unsigned(self) -> int:
        """How many acknowledged records no submission holds yet."""
        counted = self._database.all("SELECT count(*) FROM records WHERE submission IS NULL")
        return int(counted[0][0])

    def pending(self, *, final_too: bool = False) -> Iterator[tuple[Digest, str | None]]:
        """Acknowledged records that are not final yet, with their contributor once signed.

        With ``final_too``, those that were thought final as well.
        """
        for digest, contributor in self._database.all(
            "SELECT r.digest, s.contributor FROM records r"
            " LEFT JOIN submissions s ON s.id = r.submission"
            " LEFT JOIN batches b ON b.id = s.batch"
            " WHERE ? OR b.state IS NULL OR b.state <> 'final' ORDER BY r.position",
            final_too,
        ):
            yield Digest(digest), contributor

    def submit(self, submission: Submission) -> str:
        """Keep a signed submission; from here on it will be anchored. Returns its id."""
        identifier = uuid4().hex
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO submissions VALUES (?, ?, ?, ?, ?, NULL)",
                (
                    identifier,
                    submission.contributor,
                    submission.signature,
                    submission.count,
                    time(),
                ),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO records (digest) VALUES (?)",
                ((digest,) for digest in submission.records),
            )
            taken = connection.executemany(
                "UPDATE records SET submission = ? WHERE digest = ? AND submission IS NULL",
                ((identifier, digest) for digest in submission.records),
            ).rowcount
            if taken != submission.count:
                raise AlreadySubmittedError(submission.count - taken)
        return identifier

    def submission(self, identifier: str) -> OutboundSubmission:
        """A submission by its id.

        Raises:
            NotFoundError: there is none.
        """
        rows = self._database.all(
            "SELECT id, contributor, count, created_at, batch FROM submissions WHERE id = ?",
            identifier,
        )
        if not rows:
            raise NotFoundError(
                f"no contribution {identifier!r} is known here",
                hint="`perfledger status` lists what is on its way.",
            )
        return OutboundSubmission(*rows[0])

    def submissions(self, limit: int = 50, after: str | None = None) -> list[OutboundSubmission]:
        """The latest submissions, newest first; those before the one ``after``, if it is given.

        Raises:
            NotFoundError: there is no submission ``after``.
        """
        latest = "SELECT id, contributor, count, created_at, batch FROM submissions"
        order = " ORDER BY created_at DESC, rowid DESC LIMIT ?"
        if after is None:
            found = self._database.all(latest + order, limit)
        else:
            self.submission(after)
            earlier = (
                " WHERE (created_at, rowid) < (SELECT created_at, rowid FROM submissions"
                " WHERE id = ?)"
            )
            found = self._database.all(latest + earlier + order, after, limit)
        return [OutboundSubmission(*row) for row in found]

    def unfinished(self) -> list[OutboundSubmission]:
        """Every submission that no final batch holds yet, oldest first."""
        return [
            OutboundSubmission(*row)
            for row in self._database.all(
                "SELECT s.id, s.contributor, s.count, s.created_at, s.batch FROM submissions s"
                " LEFT JOIN batches b ON b.id = s.batch"
                " WHERE b.state IS NULL OR b.state <> 'final' ORDER BY s.created_at, s.rowid"
            )
        ]

    def records_of(self, identifier: str) -> tuple[Digest, ...]:
        """A submission's records, in the order they were acknowledged.

        They may have been signed in another: the leaves of a tree are sorted, so that its root
        does not depend on it.
        """
        return tuple(
            Digest(row[0])
            for row in self._database.all(
                "SELECT digest FROM records WHERE submission = ? ORDER BY position", identifier
            )
        )

    def unbatched(self) -> list[tuple[str, int]]:
        """Submissions that no batch holds yet, oldest first, with their number of records."""
        return [
            (identifier, count)
            for identifier, count in self._database.all(
                "SELECT id, count FROM submissions WHERE batch IS NULL ORDER BY created_at, id"
            )
        ]

    def read(self, identifier: str) -> Submission:
        """A submission with its signature."""
        (row,) = self._database.all(
            "SELECT contributor, signature FROM submissions WHERE id = ?", identifier
        )
        return Submission(row[0], self.records_of(identifier), row[1])
