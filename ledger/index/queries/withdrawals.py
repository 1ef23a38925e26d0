"""What contributors have taken back."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.index.tables import Revocation
from ledger.index.tables import SyncState
from ledger.index.views import RevocationRow


def revocation(connection: Connection, row: Any) -> RevocationRow | None:
    """Where the contributor of a record's row revoked it; None: they did not."""
    final = select(SyncState.final_block).scalar_subquery()
    found = connection.execute(
        select(Revocation.block_number, final.label("final_block")).where(
            Revocation.digest == row.digest, Revocation.contributor == row.contributor
        )
    ).first()
    if found is None:
        return None
    return RevocationRow(
        block_number=found.block_number,
        final=found.final_block is not None and found.block_number <= found.final_block,
    )
