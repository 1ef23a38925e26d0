"""What other nodes say they hold, or others say of them."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence

from ledger.peers.book.peers import RECENT_SECONDS
from ledger.record.cid import Digest
from ledger.store.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS holdings (
    digest BLOB NOT NULL,
    peer TEXT NOT NULL REFERENCES peers ON DELETE CASCADE,
    heard INTEGER NOT NULL,
    PRIMARY KEY (digest, peer)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS holdings_by_peer ON holdings (peer);
"""

MOST_HEARD = 1_000
"""Of one peer. Anybody can say of any peer that it holds something."""


class TooManyHoldingsError(Exception):
    """A peer lists more than there can be."""


class Holdings:
    """Who holds what.

    What a peer's own list says counts as a copy. What was only heard says where to ask, and no
    more: anybody may say it, and nobody may give up a batch for it.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def heard(self, url: str, digests: Iterable[Digest]) -> list[Digest]:
        """Note that a known peer is said to hold DAGs; returns those for which that is news."""
        news: list[Digest] = []
        with self._database.transaction() as connection:
            if connection.execute("SELECT 1 FROM peers WHERE url = ?", (url,)).fetchone() is None:
                return news
            ((noted,),) = connection.execute(
                "SELECT count(*) FROM holdings WHERE peer = ? AND heard", (url,)
            )
            for digest in digests:
                if noted >= MOST_HEARD:
                    break
                new = connection.execute(
                    "INSERT OR IGNORE INTO holdings VALUES (?, ?, 1)", (digest, url)
                ).rowcount
                noted += new
                if new:
                    news.append(digest)
        return news

    def read(
        self,
        url: str,
        held: Sequence[Digest],
        dropped: Sequence[Digest],
        cursor: int,
        *,
        most: int,
    ) -> None:
        """Note a piece of a peer's list, and how far it was read.

        Raises:
            TooManyHoldingsError: it holds more than ``most`` by now; nothing of the piece is noted.
        """
        with self._database.transaction() as connection:
            if connection.execute("SELECT 1 FROM peers WHERE url = ?", (url,)).fetchone() is None:
                return
            connection.executemany(
                "INSERT INTO holdings VALUES (?, ?, 0) "
                "ON CONFLICT (digest, peer) DO UPDATE SET heard = 0",
                [(each, url) for each in held],
            )
            connection.executemany(
                "DELETE FROM holdings WHERE digest = ? AND peer = ?",
                [(each, url) for each in dropped],
            )
            ((noted,),) = connection.execute(
                "SELECT count(*) FROM holdings WHERE peer = ? AND NOT heard", (url,)
            )
            if noted > most:
                raise TooManyHoldingsError
            connection.execute("UPDATE peers SET cursor = ? WHERE url = ?", (cursor, url))

    def begin(self, url: str, named: str = "") -> None:
        """Read a peer's list from its beginning: it is another than it was."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM holdings WHERE peer = ?", (url,))
            connection.execute("UPDATE peers SET cursor = 0, list = ? WHERE url = ?", (named, url))

    def lost(self, url: str, digest: Digest) -> None:
        """Note that a peer does not have what it says it holds."""
        self._database.execute("DELETE FROM holdings WHERE digest = ? AND peer = ?", digest, url)

    def holders(self, digest: Digest) -> list[str]:
        """Peers that are said to hold a DAG, and are believed."""
        rows = self._database.all(
            "SELECT peer FROM holdings JOIN peers ON url = peer "
            "WHERE digest = ? AND distrusted = ''",
            digest,
        )
        return [row[0] for row in rows]

    def held_by(self, url: str) -> set[Digest]:
        """What a peer itself says it holds."""
        rows = self._database.all("SELECT digest FROM holdings WHERE peer = ? AND NOT heard", url)
        return {Digest(row[0]) for row in rows}

    def counts(self) -> dict[str, int]:
        """How many DAGs each peer itself says it holds."""
        return dict(
            self._database.all("SELECT peer, count(*) FROM holdings WHERE NOT heard GROUP BY peer")
        )

    def on(self, digest: Digest) -> list[str]:
        """Nodes that a DAG is on, of those that answered lately, by one URL of each."""
        return list(self._nodes([digest])[digest].values())

    def copies(self, digests: Sequence[Digest]) -> dict[Digest, int]:
        """On how many other nodes each DAG is, of those that answered lately."""
        return {digest: len(nodes) for digest, nodes in self._nodes(digests).items()}

    def _nodes(self, digests: Sequence[Digest]) -> dict[Digest, dict[str, str]]:
        """By DAG, the nodes and a URL of each: one that is reached in two ways is one node."""
        now = self._clock()
        here = dict(
            self._database.all(
                "SELECT url, coalesce(nullif(peer_id, ''), url) FROM peers "
                "WHERE distrusted = '' AND last_seen BETWEEN ? AND ?",
                now - RECENT_SECONDS,
                now + RECENT_SECONDS,
            )
        )
        nodes: dict[Digest, dict[str, str]] = {digest: {} for digest in digests}
        for digest, url, heard in self._database.find("digest, peer, heard", "holdings", digests):
            if url in here and not heard:
                nodes[Digest(digest)].setdefault(here[url], url)
        return nodes
