"""What was found when stores were looked at: this node's own, and those of peers."""

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.record.cid import Digest
from ledger.store.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS challenges (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    peer TEXT NOT NULL,
    peer_id TEXT NOT NULL,
    root BLOB NOT NULL,
    block BLOB NOT NULL,
    first INTEGER NOT NULL,
    length INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    seconds REAL NOT NULL,
    problem TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS damage (
    digest BLOB PRIMARY KEY,
    found REAL NOT NULL,
    mended REAL
);
CREATE TABLE IF NOT EXISTS scrub (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    after BLOB NOT NULL,
    checked INTEGER NOT NULL,
    began REAL NOT NULL,
    finished REAL
);
"""

_MOST_CHALLENGES = 10_000
"""Older ones are forgotten."""

PASSED, MISSING, WRONG, SILENT = "passed", "missing", "wrong", "silent"


@dataclass(frozen=True, slots=True)
class Challenge:
    """One look at whether a peer has what it says it has.

    Attributes:
        at: Unix time.
        peer: where it is reached.
        peer_id: its libp2p Peer ID.
        root: the DAG it says it holds.
        block: the block of it that was asked for.
        first: place of the first byte asked for.
        length: bytes asked for.
        outcome: `PASSED`; `MISSING` (it says that it does not have it); `WRONG` bytes; `SILENT`
            (no answer).
        seconds: until the answer was there.
        problem: what went wrong.
    """

    at: float
    peer: str
    peer_id: str
    root: Digest
    block: Digest
    first: int
    length: int
    outcome: str
    seconds: float
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ScrubState:
    """How far the look at the own store is.

    Attributes:
        after: the last block looked at; empty at the beginning.
        checked: blocks looked at in this round.
        began: Unix time.
        finished: when the last whole round ended; None: none has yet.
    """

    after: Digest
    checked: int
    began: float
    finished: float | None


class Checks:
    """What was found."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def challenged(self, challenge: Challenge) -> None:
        """Keep the outcome of a challenge."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO challenges (at, peer, peer_id, root, block, first, length, outcome, "
                "seconds, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    challenge.at,
                    challenge.peer,
                    challenge.peer_id,
                    challenge.root,
                    challenge.block,
                    challenge.first,
                    challenge.length,
                    challenge.outcome,
                    challenge.seconds,
                    challenge.problem[:500],
                ),
            )
            connection.execute(
                "DELETE FROM challenges WHERE id <= (SELECT max(id) FROM challenges) - ?",
                (_MOST_CHALLENGES,),
            )

    def challenges(self, limit: int = 100) -> list[Challenge]:
        """The latest, newest first."""
        rows = self._database.all(
            "SELECT at, peer, peer_id, root, block, first, length, outcome, seconds, problem "
            "FROM challenges ORDER BY id DESC LIMIT ?",
            limit,
        )
        return [Challenge(*row) for row in rows]

    def failures(self, limit: int) -> list[Challenge]:
        """The latest that were not passed, newest first."""
        rows = self._database.all(
            "SELECT at, peer, peer_id, root, block, first, length, outcome, seconds, problem "
            "FROM challenges WHERE outcome != ? ORDER BY id DESC LIMIT ?",
            PASSED,
            limit,
        )
        return [Challenge(*row) for row in rows]

    def tally(self) -> dict[str, dict[str, int]]:
        """By peer, how many challenges ended how."""
        counted: dict[str, dict[str, int]] = {}
        for peer, outcome, number in self._database.all(
            "SELECT peer, outcome, count(*) FROM challenges GROUP BY peer, outcome"
        ):
            counted.setdefault(peer, {})[outcome] = number
        return counted

    def damaged(self, digest: Digest) -> None:
        """Note a block of the own store that is not what it was."""
        self._database.execute(
            "INSERT INTO damage (digest, found) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE "
            "SET found = excluded.found, mended = NULL WHERE mended IS NOT NULL",
            digest,
            self._clock(),
        )

    def gone(self, digests: Iterable[Digest]) -> None:
        """Note that blocks are not kept any more, damaged or not."""
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM damage WHERE digest = ? AND mended IS NULL",
                [(each,) for each in digests],
            )

    def mended(self, digest: Digest) -> None:
        """Note that a block is whole again."""
        self._database.execute(
            "UPDATE damage SET mended = ? WHERE digest = ?", self._clock(), digest
        )

    def to_mend(self) -> list[Digest]:
        """Blocks that are damaged still."""
        rows = self._database.all("SELECT digest FROM damage WHERE mended IS NULL ORDER BY found")
        return [Digest(row[0]) for row in rows]

    def damage(self) -> tuple[int, int]:
        """How many blocks were found damaged, and how many of them were mended."""
        ((found, mended),) = self._database.all("SELECT count(*), count(mended) FROM damage")
        return int(found), int(mended)

    def scrub(self) -> ScrubState | None:
        """How far the look at the own store is; None before the first."""
        rows = self._database.all("SELECT after, checked, began, finished FROM scrub")
        return ScrubState(*rows[0]) if rows else None

    def scrubbed(self, state: ScrubState) -> None:
        """Note how far it is."""
        self._database.execute(
            "INSERT OR REPLACE INTO scrub VALUES (0, ?, ?, ?, ?)",
            state.after,
            state.checked,
            state.began,
            state.finished,
        )
