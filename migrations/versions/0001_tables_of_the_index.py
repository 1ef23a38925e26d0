"""The tables of the index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "batches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("root", sa.String(length=66), nullable=False),
        sa.Column("manifest_cid", sa.String(length=59), nullable=False),
        sa.Column("publisher", sa.String(length=42), nullable=False),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("submissions", sa.Integer(), nullable=False),
        sa.Column("undecodable", sa.BigInteger(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("gas_used", sa.BigInteger(), nullable=True),
        sa.Column("anchored_at", sa.BigInteger(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("validators", sa.Integer(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_batches_batch_id")),
    )
    op.create_index(
        op.f("ix_batches_block_number_log_index"),
        "batches",
        ["block_number", "log_index"],
        unique=True,
    )
    op.create_index(op.f("ix_batches_publisher"), "batches", ["publisher"], unique=False)
    op.create_index(op.f("ix_batches_state"), "batches", ["state"], unique=False)
    op.create_table(
        "blocks",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=66), nullable=False),
        sa.Column("parent_hash", sa.String(length=66), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.Column("eventful", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_blocks")),
    )
    op.create_table(
        "parameters",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("from_block", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_parameters")),
    )
    op.create_table(
        "revocations",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("contributor", sa.String(length=42), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "contributor", name=op.f("pk_revocations")),
    )
    op.create_table(
        "supersessions",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("replacement_id", sa.String(length=66), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_supersessions")),
    )
    op.create_table(
        "sync_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("registry_address", sa.String(length=42), nullable=True),
        sa.Column("validator_set_address", sa.String(length=42), nullable=True),
        sa.Column("attestations_address", sa.String(length=42), nullable=True),
        sa.Column("indexed_block", sa.BigInteger(), nullable=True),
        sa.Column("head_block", sa.BigInteger(), nullable=True),
        sa.Column("head_timestamp", sa.BigInteger(), nullable=True),
        sa.Column("final_block", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_state")),
    )
    op.create_table(
        "validator_events",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("validator", sa.String(length=42), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("bond_wei", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_validator_events")),
    )
    op.create_index(
        op.f("ix_validator_events_validator"), "validator_events", ["validator"], unique=False
    )
    op.create_table(
        "attestations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("validator", sa.String(length=42), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("verdict_root", sa.String(length=66), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("report_cid", sa.String(length=59), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("attested_at", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("agreed", sa.BigInteger(), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"],
            ["batches.id"],
            name=op.f("fk_attestations_batch_batches"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestations")),
        sa.UniqueConstraint(
            "batch", "validator", "sequence", name=op.f("uq_attestations_batch_validator_sequence")
        ),
    )
    op.create_index(
        op.f("ix_attestations_block_number_log_index"),
        "attestations",
        ["block_number", "log_index"],
        unique=True,
    )
    op.create_index(op.f("ix_attestations_state"), "attestations", ["state"], unique=False)
    op.create_index(op.f("ix_attestations_validator"), "attestations", ["validator"], unique=False)
    op.create_table(
        "submissions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("contributor", sa.String(length=42), nullable=False),
        sa.Column("root", sa.String(length=66), nullable=False),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.String(length=132), nullable=False),
        sa.Column("signature_valid", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"], ["batches.id"], name=op.f("fk_submissions_batch_batches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("batch", "position", name=op.f("uq_submissions_batch_position")),
    )
    op.create_index(
        op.f("ix_submissions_contributor"), "submissions", ["contributor"], unique=False
    )
    op.create_table(
        "undecodable",
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"], ["batches.id"], name=op.f("fk_undecodable_batch_batches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch", "position", name=op.f("pk_undecodable")),
    )
    op.create_index(op.f("ix_undecodable_digest"), "undecodable", ["digest"], unique=False)
    op.create_table(
        "records",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "submission", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("contributor", sa.String(length=42), nullable=True),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("framework", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=True),
        sa.Column("machine_type", sa.Text(), nullable=True),
        sa.Column("nodes", sa.BigInteger(), nullable=False),
        sa.Column("input_bytes", sa.BigInteger(), nullable=True),
        sa.Column("runtime_seconds", sa.Double(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("execution", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch"], ["batches.id"], name=op.f("fk_records_batch_batches"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["submissions.id"],
            name=op.f("fk_records_submission_submissions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records")),
    )
    op.create_index(
        op.f("ix_records_batch_position"), "records", ["batch", "position"], unique=True
    )
    op.create_index(op.f("ix_records_digest_batch"), "records", ["digest", "batch"], unique=True)
    op.create_index(op.f("ix_records_execution"), "records", ["execution"], unique=False)
    op.create_index(
        op.f("ix_records_listed_algorithm"), "records", ["listed", "algorithm"], unique=False
    )
    op.create_index(
        op.f("ix_records_listed_contributor"), "records", ["listed", "contributor"], unique=False
    )
    op.create_index(
        op.f("ix_records_listed_framework"), "records", ["listed", "framework"], unique=False
    )
    op.create_index(op.f("ix_records_listed_id"), "records", ["listed", "id"], unique=False)
    op.create_index(
        op.f("ix_records_listed_input_bytes"), "records", ["listed", "input_bytes"], unique=False
    )
    op.create_index(op.f("ix_records_listed_job"), "records", ["listed", "job"], unique=False)
    op.create_index(
        op.f("ix_records_listed_machine_type"), "records", ["listed", "machine_type"], unique=False
    )
    op.create_index(op.f("ix_records_listed_nodes"), "records", ["listed", "nodes"], unique=False)
    op.create_index(
        op.f("ix_records_listed_outcome"), "records", ["listed", "outcome"], unique=False
    )
    op.create_index(
        op.f("ix_records_listed_runtime_seconds"),
        "records",
        ["listed", "runtime_seconds"],
        unique=False,
    )
    op.create_index(
        op.f("ix_records_listed_started_at"), "records", ["listed", "started_at"], unique=False
    )
    op.create_index(op.f("ix_records_listed_status"), "records", ["listed", "status"], unique=False)
    op.create_index(op.f("ix_records_submission"), "records", ["submission"], unique=False)
    op.create_table(
        "rejections",
        sa.Column(
            "attestation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attestation"],
            ["attestations.id"],
            name=op.f("fk_rejections_attestation_attestations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attestation", "position", name=op.f("pk_rejections")),
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("rejections")
    op.drop_index(op.f("ix_records_submission"), table_name="records")
    op.drop_index(op.f("ix_records_listed_status"), table_name="records")
    op.drop_index(op.f("ix_records_listed_started_at"), table_name="records")
    op.drop_index(op.f("ix_records_listed_runtime_seconds"), table_name="records")
    op.drop_index(op.f("ix_records_listed_outcome"), table_name="records")
    op.drop_index(op.f("ix_records_listed_nodes"), table_name="records")
    op.drop_index(op.f("ix_records_listed_machine_type"), table_name="records")
    op.drop_index(op.f("ix_records_listed_job"), table_name="records")
    op.drop_index(op.f("ix_records_listed_input_bytes"), table_name="records")
    op.drop_index(op.f("ix_records_listed_id"), table_name="records")
    op.drop_index(op.f("ix_records_listed_framework"), table_name="records")
    op.drop_index(op.f("ix_records_listed_contributor"), table_name="records")
    op.drop_index(op.f("ix_records_listed_algorithm"), table_name="records")
    op.drop_index(op.f("ix_records_execution"), table_name="records")
    op.drop_index(op.f("ix_records_digest_batch"), table_name="records")
    op.drop_index(op.f("ix_records_batch_position"), table_name="records")
    op.drop_table("records")
    op.drop_index(op.f("ix_undecodable_digest"), table_name="undecodable")
    op.drop_table("undecodable")
    op.drop_index(op.f("ix_submissions_contributor"), table_name="submissions")
    op.drop_table("submissions")
    op.drop_index(op.f("ix_attestations_validator"), table_name="attestations")
    op.drop_index(op.f("ix_attestations_state"), table_name="attestations")
    op.drop_index(op.f("ix_attestations_block_number_log_index"), table_name="attestations")
    op.drop_table("attestations")
    op.drop_index(op.f("ix_validator_events_validator"), table_name="validator_events")
    op.drop_table("validator_events")
    op.drop_table("sync_state")
    op.drop_table("supersessions")
    op.drop_table("revocations")
    op.drop_table("parameters")
    op.drop_table("blocks")
    op.drop_index(op.f("ix_batches_state"), table_name="batches")
    op.drop_index(op.f("ix_batches_publisher"), table_name="batches")
    op.drop_index(op.f("ix_batches_block_number_log_index"), table_name="batches")
    op.drop_table("batches")
