"""Envelopes, which stand for records of a group, and verdicts that say nothing.

Envelopes that were indexed before count as undecodable until `perfledger db rebuild`.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ADDRESS = sa.String(length=42).with_variant(sa.String(42, collation="C"), "postgresql")
_STATE = sa.String(length=16).with_variant(sa.String(16, collation="C"), "postgresql")
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column(
        "attestations", sa.Column("abstained", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_table(
        "envelopes",
        sa.Column("batch", _KEY, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("submission", _KEY, nullable=False),
        sa.Column("contributor", _ADDRESS, nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("status", _STATE, nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"], ["batches.id"], name=op.f("fk_envelopes_batch_batches"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["submissions.id"],
            name=op.f("fk_envelopes_submission_submissions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch", "position", name=op.f("pk_envelopes")),
    )
    op.create_index(op.f("ix_envelopes_digest"), "envelopes", ["digest"], unique=False)
    op.create_index(op.f("ix_envelopes_submission"), "envelopes", ["submission"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("envelopes")
    op.drop_column("attestations", "abstained")
