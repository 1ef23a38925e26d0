"""Text sorted by code point on PostgreSQL, as on SQLite; quorums as large as the contract's.

Servers sort as their users' languages do, each otherwise, and not as cursors and the columns in
memory expect.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = {
    "attestations": {
        "validator": "VARCHAR(42)",
        "verdict_root": "VARCHAR(66)",
        "report_cid": "VARCHAR(59)",
        "transaction_hash": "VARCHAR(66)",
        "state": "VARCHAR(16)",
        "problem": "TEXT",
    },
    "batches": {
        "batch_id": "VARCHAR(66)",
        "root": "VARCHAR(66)",
        "manifest_cid": "VARCHAR(59)",
        "publisher": "VARCHAR(42)",
        "block_hash": "VARCHAR(66)",
        "transaction_hash": "VARCHAR(66)",
        "state": "VARCHAR(16)",
        "problem": "TEXT",
    },
    "blocks": {"hash": "VARCHAR(66)", "parent_hash": "VARCHAR(66)"},
    "parameters": {"name": "VARCHAR(16)"},
    "records": {
        "status": "VARCHAR(16)",
        "contributor": "VARCHAR(42)",
        "job": "TEXT",
        "framework": "TEXT",
        "algorithm": "TEXT",
        "machine_type": "TEXT",
        "provider": "TEXT",
        "outcome": "VARCHAR(16)",
        "search": "TEXT",
    },
    "rejections": {"detail": "TEXT"},
    "revocations": {"contributor": "VARCHAR(42)"},
    "submissions": {
        "contributor": "VARCHAR(42)",
        "root": "VARCHAR(66)",
        "signature": "VARCHAR(132)",
    },
    "supersessions": {"batch_id": "VARCHAR(66)", "replacement_id": "VARCHAR(66)"},
    "sync_state": {
        "genesis_hash": "VARCHAR(66)",
        "registry_address": "VARCHAR(42)",
        "validator_set_address": "VARCHAR(42)",
        "attestations_address": "VARCHAR(42)",
    },
    "undecodable": {"problem": "TEXT"},
    "validator_events": {
        "validator": "VARCHAR(42)",
        "kind": "VARCHAR(16)",
        "bond_wei": "VARCHAR(32)",
    },
}
"""By table, its text columns with their types. SQLite sorts by code point by itself."""

NUMBERS = ("quorum", "validators")
"""Of batches: 32 bits without a sign on chain. SQLite's integers have 64 bits anyway."""


def upgrade() -> None:
    """Bring the schema forward."""
    _alter("C", "BIGINT")


def downgrade() -> None:
    """Take it back."""
    _alter("default", "INTEGER")


def _alter(collation: str, number: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in TEXT.items():
        changes = [
            f'ALTER {name} TYPE {kind} COLLATE "{collation}"' for name, kind in columns.items()
        ]
        if table == "batches":
            changes += [f"ALTER {name} TYPE {number}" for name in NUMBERS]
        # One statement for each table: it is written anew, with its indexes, once.
        op.execute(f"ALTER TABLE {table} {', '.join(changes)}")
