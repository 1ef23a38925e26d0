"""Which batches a remote pinning service was asked to keep, and how far it has come."""

from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from pathlib import Path

from ledger.record.cid import Digest
from ledger.store.database import Database
from ledger.store.pinning import PinState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    manifest BLOB PRIMARY KEY, service TEXT NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
    info TEXT NOT NULL, checked TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class PinRequest:
    """A batch that a service was asked to keep.

    Attributes:
        manifest: of the batch.
        service: the service's URL.
        request: its name for the request.
        info: what it says besides, such as why it failed.
        checked: when it was last asked.
    """

    manifest: Digest
    service: str
    request: str
    state: PinState
    info: str
    checked: datetime


class PinRequests:
    """The requests of one home, in a file of their own: the index can be made anew, this cannot.

    Raises:
        UnusableFileError: the file is damaged, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def keep(self, request: PinRequest) -> None:
        """Note a request, in the place of an earlier one for the batch."""
        self._database.execute(
            "INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?, ?, ?)",
            request.manifest,
            request.service,
            request.request,
            request.state,
            request.info,
            request.checked.astimezone(UTC).isoformat(),
        )

    def get(self, manifest: Digest) -> PinRequest | None:
        """The request for a batch."""
        return next((each for each in self.all() if each.manifest == manifest), None)

    def all(self) -> list[PinRequest]:
        """Every request, oldest first."""
        rows = self._database.all("SELECT * FROM requests ORDER BY rowid")
        return [
            PinRequest(
                manifest=Digest(manifest),
                service=service,
                request=request,
                state=PinState(state),
                info=info,
                checked=datetime.fromisoformat(checked),
            )
            for manifest, service, request, state, info, checked in rows
        ]

    def forget(self, manifest: Digest) -> None:
        """Note that a batch is no longer to be kept."""
        self._database.execute("DELETE FROM requests WHERE manifest = ?", manifest)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
