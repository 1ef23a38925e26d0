"""Which reports the validators of this node have signed."""

from ledger.record.cid import Digest
from ledger.store.blocks import Block
from ledger.store.database import Database


class ReportJournal:
    """Signed reports, remembered before anybody else can see the signature."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, batch_id: bytes, validator: str, sequence: int) -> Block | None:
        """The head of the report a validator of this node signed for a batch and sequence."""
        rows = self._database.all(
            "SELECT digest, head FROM reports WHERE batch = ? AND validator = ? AND sequence = ?",
            batch_id,
            validator,
            sequence,
        )
        return (Digest(rows[0][0]), rows[0][1]) if rows else None

    def keep(self, batch_id: bytes, validator: str, sequence: int, head: Block) -> None:
        """Remember a report by its head, the block with the signature; on disk when this returns.

        From here on it is the only one there can be: signing another would be equivocation.
        """
        self._database.execute(
            "INSERT INTO reports VALUES (?, ?, ?, ?, ?)", batch_id, validator, sequence, *head
        )
