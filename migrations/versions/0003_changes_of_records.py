"""Changes of records: each row's last revision, and the provider of its machines.

The provider of records that were indexed before stays unknown until `perfledger db rebuild`.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column(
        "sync_state", sa.Column("undone", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("records", sa.Column("provider", sa.Text(), nullable=True))
    op.add_column(
        "records", sa.Column("revision", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_index(op.f("ix_records_revision"), "records", ["revision"], unique=False)
    op.create_index(
        op.f("ix_records_listed_provider"), "records", ["listed", "provider"], unique=False
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index(op.f("ix_records_listed_provider"), table_name="records")
    op.drop_index(op.f("ix_records_revision"), table_name="records")
    op.drop_column("records", "revision")
    op.drop_column("records", "provider")
    op.drop_column("sync_state", "undone")
