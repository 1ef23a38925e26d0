"""Whether what a peer has on disk is right: every block, and every record its index shows."""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text


@dataclass(frozen=True)
class Found:
    """What a look at one peer's files gave.

    Attributes:
        peer: its name.
        blocks: in its store.
        corrupt: CIDs of blocks whose bytes hash to something else.
        strangers: CIDs of records in its index that nobody contributed.
        missing: CIDs of records that were contributed and are not in its index as anchored, or
            whose block is not in its store.
    """

    peer: str
    blocks: int
    corrupt: list[str]
    strangers: list[str]
    missing: list[str]

    @property
    def is_right(self) -> bool:
        """Whether nothing on it is wrong; something may be missing."""
        return not self.corrupt and not self.strangers

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing either."""
        return self.is_right and not self.missing


def check(name: str, home: Path, contributed: Collection[str]) -> Found:
    """Hash every block in a home folder, and compare its index with what was contributed.

    Args:
        name: of the peer.
        home: whose processes have ended.
        contributed: CIDs of every record.
    """
    corrupt, held = _blocks(home / "blocks.sqlite")
    shown = _records(home / "index.sqlite")
    wanted = set(contributed)
    return Found(
        peer=name,
        blocks=len(held),
        corrupt=corrupt,
        strangers=sorted(shown - wanted),
        missing=sorted(wanted - shown | wanted - held),
    )


def _blocks(path: Path) -> tuple[list[str], set[str]]:
    if not path.exists():
        return [], set()
    corrupt, held = [], set()
    with closing(_opened(path)) as store:
        for digest, data in store.execute("SELECT digest, bytes FROM blocks"):
            name = to_text(Digest(digest))
            held.add(name)
            if digest_of(data) != digest:
                corrupt.append(name)
    return corrupt, held


def _records(path: Path) -> set[str]:
    if not path.exists():
        return set()
    with closing(_opened(path)) as index:
        rows = index.execute("SELECT digest FROM records WHERE batch IS NOT NULL")
        return {to_text(Digest(row[0])) for row in rows}


def _opened(path: Path) -> sqlite3.Connection:
    # Not read-only: where its process was killed, the write-ahead log has to be taken in first.
    return sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=10)
