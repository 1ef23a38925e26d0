"""Requests and bytes between this node and others, summed up."""

from collections.abc import Mapping
from dataclasses import astuple
from dataclasses import dataclass
from operator import add

from ledger.store.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS traffic (
    peer TEXT PRIMARY KEY,
    requests_served INTEGER NOT NULL,
    bytes_served INTEGER NOT NULL,
    requests_sent INTEGER NOT NULL,
    bytes_received INTEGER NOT NULL
);
"""

EVERYBODY = ""
"""Under which the sum over all is kept, known peers or not."""

_COLUMNS = "requests_served, bytes_served, requests_sent, bytes_received"


@dataclass(frozen=True, slots=True)
class Flow:
    """What went to and fro; bytes are those of bodies.

    Attributes:
        requests_served: requests that this node answered.
        bytes_served: of its answers.
        requests_sent: requests that this node sent and that were answered.
        bytes_received: of those answers.
    """

    requests_served: int = 0
    bytes_served: int = 0
    requests_sent: int = 0
    bytes_received: int = 0

    def __add__(self, other: "Flow") -> "Flow":
        """Both together."""
        return Flow(*map(add, astuple(self), astuple(other)))


class TrafficTable:
    """The sums, by peer and over everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, flows: Mapping[str, Flow]) -> None:
        """Add to the sums, in one transaction; peers that are not known (any more) have none."""
        with self._database.transaction() as connection:
            connection.executemany(
                f"INSERT INTO traffic (peer, {_COLUMNS}) VALUES (?, ?, ?, ?, ?) "  # noqa: S608 - our own columns
                "ON CONFLICT (peer) DO UPDATE SET "
                "requests_served = requests_served + excluded.requests_served, "
                "bytes_served = bytes_served + excluded.bytes_served, "
                "requests_sent = requests_sent + excluded.requests_sent, "
                "bytes_received = bytes_received + excluded.bytes_received",
                [(peer, *astuple(flow)) for peer, flow in flows.items()],
            )
            connection.execute(
                "DELETE FROM traffic WHERE peer != ? AND peer NOT IN (SELECT url FROM peers)",
                (EVERYBODY,),
            )

    def all(self) -> dict[str, Flow]:
        """The sums by peer; that over everybody is under `EVERYBODY`."""
        rows = self._database.all(f"SELECT peer, {_COLUMNS} FROM traffic")  # noqa: S608 - our own columns
        return {peer: Flow(*sums) for peer, *sums in rows}
