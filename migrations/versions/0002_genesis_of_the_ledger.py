"""Genesis of the ledger.

Chain ids are not unique; the hash of the first block is.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("sync_state", sa.Column("genesis_hash", sa.String(length=66), nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("sync_state", "genesis_hash")
