"""Which reports the validators of this node have signed."""

from ledger.record.cid import Digest
from ledger.store.database import Database


class ReportJournal:
    """Signed reports, remembered before they are sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, batch_id: bytes, validator: str, sequence: int) -> Digest | None:
        """The report a validator of this node signed for a batch and sequence, if any."""
        rows = self._database.all(
            "SELECT report FROM attestations WHERE batch = ? AND validator = ? AND sequence = ?",
            batch_id,
            validator,
            sequence,
        )
        return Digest(rows[0][0]) if rows else None

    def keep(self, batch_id: bytes, validator: str, sequence: int, report: Digest) -> None:
        """Remember a signed report before it is sent: signing another one would be equivocation."""
        self._database.execute(
            "INSERT INTO attestations VALUES (?, ?, ?, ?)", batch_id, validator, sequence, report
        )
