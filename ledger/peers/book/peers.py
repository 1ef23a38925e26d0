"""Other nodes: where they are, whether they answer, and whether they are believed."""

import math
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.peers.book.pauses import is_over
from ledger.peers.book.pauses import pause_after
from ledger.store.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS peers (
    url TEXT PRIMARY KEY,
    kind TEXT NOT NULL DEFAULT 'peer',
    peer_id TEXT NOT NULL DEFAULT '',
    named INTEGER NOT NULL,
    first_seen REAL NOT NULL,
    last_seen REAL,
    failures INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT '',
    distrusted TEXT NOT NULL DEFAULT '',
    blocks_in INTEGER NOT NULL DEFAULT 0,
    bytes_in INTEGER NOT NULL DEFAULT 0,
    list TEXT NOT NULL DEFAULT '',
    cursor INTEGER NOT NULL DEFAULT 0
);
"""

RECENT_SECONDS = 600.0
"""A peer that has not answered for this long counts as away: what it holds, nobody else can get."""

PEER, GATEWAY, ROUTER = "peer", "gateway", "router"

ITSELF = "it is this node itself"
"""Why nothing is asked of an address that turned out to be this node's own; it is no peer."""

_MOST_PEERS = 512
_MOST_DISTRUSTED = 4_096
_PEER = (
    "url, kind, peer_id, named, first_seen, last_seen, failures, next_try, problem, distrusted, "
    "blocks_in, bytes_in, list, cursor"
)


@dataclass(frozen=True, slots=True)
class PeerRow:
    """A peer.

    Attributes:
        url: where it is reached.
        kind: `PEER`, `GATEWAY` or `ROUTER`.
        peer_id: its libp2p Peer ID; empty until it has answered.
        named: whether the operator named it; others were told by peers.
        first_seen: Unix time.
        last_seen: when it last answered; None: never.
        failures: in a row.
        next_try: it is left alone until then.
        problem: what went wrong last.
        distrusted: why it is not asked any more; empty while it is.
        blocks_in: blocks that came from it and were needed.
        bytes_in: their bytes.
        list: which list of holdings it showed.
        cursor: how far that was read.
    """

    url: str
    kind: str
    peer_id: str
    named: bool
    first_seen: float
    last_seen: float | None
    failures: int
    next_try: float
    problem: str
    distrusted: str
    blocks_in: int
    bytes_in: int
    list: str
    cursor: int

    def is_here(self, now: float) -> bool:
        """Whether it answered lately, and is believed."""
        recent = self.last_seen is not None and abs(now - self.last_seen) < RECENT_SECONDS
        return recent and not self.distrusted


ALONE_SECONDS = 5.0
"""Longest pause between two tries of the only peers there are."""


class Peers:
    """The peers of one node."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def name(self, kind: str, urls: Iterable[str]) -> None:
        """Take in those of the settings; those that are no longer there are as good as told."""
        named = [(url, kind, self._clock()) for url in urls]
        with self._database.transaction() as connection:
            connection.execute("UPDATE peers SET named = 0 WHERE kind = ?", (kind,))
            connection.executemany(
                "INSERT INTO peers (url, kind, named, first_seen) VALUES (?, ?, 1, ?) "
                "ON CONFLICT (url) DO UPDATE SET named = 1, kind = excluded.kind",
                named,
            )

    def introduce(self, urls: Iterable[str]) -> list[str]:
        """Take in peers that were told of; returns those that were not known.

        There is room for some hundreds; beyond that, whoever did not answer makes way, and of those
        that were not asked yet any: else whoever filled the room first would keep others out.
        """
        with self._database.transaction() as connection:
            known = {row[0] for row in connection.execute("SELECT url FROM peers")}
            new = [url for url in dict.fromkeys(urls) if url not in known][:_MOST_PEERS]
            connection.executemany(
                "INSERT INTO peers (url, named, first_seen) VALUES (?, 0, ?)",
                [(url, self._clock()) for url in new],
            )
            connection.execute(
                "DELETE FROM peers WHERE url IN (SELECT url FROM peers "
                "WHERE NOT named AND distrusted = '' "
                "ORDER BY last_seen DESC, failures, random() LIMIT -1 OFFSET ?)",
                (_MOST_PEERS,),
            )
        return new

    def all(self) -> list[PeerRow]:
        """All of them: the operator's first, then by when they last answered."""
        rows = self._database.all(
            f"SELECT {_PEER} FROM peers ORDER BY named DESC, last_seen DESC, url"  # noqa: S608 - our own columns
        )
        return [
            PeerRow(url, kind, who, bool(named), *rest) for url, kind, who, named, *rest in rows
        ]

    def who_is(self, peer_id: str, url: str) -> str | None:
        """The URL of a known peer that has this Peer ID, or else this URL; None: nobody has."""
        rows = self._database.all(
            "SELECT url FROM peers WHERE url = ? OR (peer_id = ? AND peer_id != '') "
            "ORDER BY peer_id = ? AND peer_id != '' DESC, url = ? DESC, url LIMIT 1",
            url,
            peer_id,
            peer_id,
            url,
        )
        return str(rows[0][0]) if rows else None

    def believed(self) -> list[PeerRow]:
        """Nodes of the ledger that may be asked now."""
        now = self._clock()
        return [
            peer
            for peer in self.all()
            if peer.kind == PEER and not peer.distrusted and is_over(peer.next_try, now)
        ]

    def count_here(self, *, but: str = "") -> int:
        """How many answer: lately, and at the last try."""
        now = self._clock()
        return sum(
            peer.kind == PEER and peer.is_here(now) and not peer.failures and peer.url != but
            for peer in self.all()
        )

    def may_ask(self, url: str) -> bool:
        """Whether a source of any kind may be asked now; one that is not noted may."""
        rows = self._database.all("SELECT distrusted, next_try FROM peers WHERE url = ?", url)
        now = self._clock()
        return all(not distrusted and is_over(next_try, now) for distrusted, next_try in rows)

    def answered(self, url: str, peer_id: str | None = None) -> None:
        """Note that a peer answered, and as whom."""
        self._database.execute(
            "UPDATE peers SET last_seen = ?, failures = 0, next_try = 0, problem = '', "
            "peer_id = coalesce(?, peer_id) WHERE url = ?",
            self._clock(),
            peer_id,
            url,
        )

    def failed(self, url: str, problem: str) -> None:
        """Note that a peer did not answer, and leave it alone for a while.

        Where no other answers, not for long: there is nobody else to ask.
        """
        now = self._clock()
        alone = not self.count_here(but=url)
        with self._database.transaction() as connection:
            row = connection.execute("SELECT failures FROM peers WHERE url = ?", (url,)).fetchone()
            if row is not None:
                connection.execute(
                    "UPDATE peers SET failures = ?, next_try = ?, problem = ? WHERE url = ?",
                    (
                        row[0] + 1,
                        now + min(pause_after(row[0]), ALONE_SECONDS if alone else math.inf),
                        problem[:500],
                        url,
                    ),
                )

    def busy(self, url: str, seconds: float) -> None:
        """Note that a peer is there and wants to be left alone for a while."""
        now = self._clock()
        self._database.execute(
            "UPDATE peers SET last_seen = ?, failures = 0, next_try = ?, problem = 'busy' "
            "WHERE url = ?",
            now,
            now + seconds,
            url,
        )

    def distrust(self, url: str, reason: str) -> None:
        """Never ask a peer again, and forget what it said it holds."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO peers (url, named, first_seen, distrusted) VALUES (?, 0, ?, ?) "
                "ON CONFLICT (url) DO UPDATE SET distrusted = excluded.distrusted",
                (url, self._clock(), reason[:500]),
            )
            connection.execute("DELETE FROM holdings WHERE peer = ?", (url,))
            connection.execute(
                "DELETE FROM peers WHERE url IN (SELECT url FROM peers "
                "WHERE NOT named AND distrusted != '' ORDER BY first_seen DESC LIMIT -1 OFFSET ?)",
                (_MOST_DISTRUSTED,),
            )

    def trust(self, url: str) -> bool:
        """Ask a distrusted peer again; returns whether it was one."""
        with self._database.transaction() as connection:
            trusted = connection.execute(
                "UPDATE peers SET distrusted = '', failures = 0, next_try = 0, cursor = 0 "
                "WHERE url = ? AND distrusted != ''",
                (url,),
            )
            return trusted.rowcount == 1

    def delivered(self, url: str, blocks: int, size: int) -> None:
        """Count what came from a peer."""
        self._database.execute(
            "UPDATE peers SET blocks_in = blocks_in + ?, bytes_in = bytes_in + ? WHERE url = ?",
            blocks,
            size,
            url,
        )
