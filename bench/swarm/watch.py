"""When each peer has what: seen in its index, without asking it anything.

Asking peers by HTTP some times a second would be work for them, on a machine that they share. A
peer's index says that a batch is complete in the transaction in which it was read and checked,
after its blocks were on disk; SQLite tells other processes cheaply whether there was one.
"""

import sqlite3
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ledger.index.tables import COMPLETE

LOOK_SECONDS = 0.005


class IndexWatch:
    """One peer's index, as another process sees it.

    Attributes:
        complete: when each batch, by the CID of its manifest, was first seen complete, on this
            process's monotonic clock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._version: int | None = None
        self.complete: dict[str, float] = {}

    def look(self) -> bool:
        """Note what is new; returns whether anything is."""
        try:
            return self._look()
        except sqlite3.OperationalError:  # being made, or migrated
            self.close()
            return False

    def close(self) -> None:
        """Let go of the file; the next look opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._version = None

    def _look(self) -> bool:
        if self._connection is None:
            if not self._path.exists():
                return False
            self._connection = sqlite3.connect(
                f"file:{self._path}?mode=rw", uri=True, isolation_level=None, timeout=0.05
            )
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return False
        query = "SELECT manifest_cid FROM batches WHERE state = ?"
        now = time.monotonic()
        found = {row[0] for row in self._connection.execute(query, (COMPLETE,))}
        self._version = version
        new = found - self.complete.keys()
        self.complete |= dict.fromkeys(new, now)
        return bool(new)


class Watch:
    """The indexes of many peers.

    Args:
        paths: by name of the peer.
    """

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self.peers = {name: IndexWatch(path) for name, path in paths.items()}

    def add(self, name: str, path: Path) -> None:
        """Watch one more."""
        self.peers[name] = IndexWatch(path)

    def wait(
        self,
        names: Iterable[str],
        manifests: Iterable[str],
        seconds: float,
        progress: Callable[[int], None] = lambda _: None,
    ) -> set[str]:
        """Until all of these peers have all of these batches; returns the peers that do not.

        Args:
            names: of the peers.
            manifests: CIDs.
            seconds: how long to wait at most.
            progress: told how many peers have everything.
        """
        wanted = set(manifests)
        lacking = set(names)
        whole = len(lacking)
        deadline = time.monotonic() + seconds
        while lacking and time.monotonic() < deadline:
            for name in list(lacking):
                watch = self.peers[name]
                watch.look()
                if wanted <= watch.complete.keys():
                    lacking.discard(name)
            progress(whole - len(lacking))
            time.sleep(LOOK_SECONDS)
        return lacking

    def close(self) -> None:
        """Let go of every file."""
        for watch in self.peers.values():
            with suppress(sqlite3.Error):
                watch.close()
