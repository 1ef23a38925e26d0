"""The tables of the outbox."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS ledger (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    identity TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS records (
    position INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    submission TEXT REFERENCES submissions
);
CREATE INDEX IF NOT EXISTS records_by_submission ON records (submission);
CREATE TABLE IF NOT EXISTS submissions (
    id TEXT PRIMARY KEY,
    contributor TEXT NOT NULL,
    signature BLOB NOT NULL,
    count INTEGER NOT NULL,
    created_at REAL NOT NULL,
    batch BLOB REFERENCES batches
);
CREATE INDEX IF NOT EXISTS submissions_by_batch ON submissions (batch);
CREATE TABLE IF NOT EXISTS batches (
    id BLOB PRIMARY KEY,
    root BLOB NOT NULL,
    manifest BLOB NOT NULL,
    count INTEGER NOT NULL,
    publisher TEXT NOT NULL,
    state TEXT NOT NULL,
    transaction_hash BLOB,
    block_number INTEGER,
    block_hash BLOB,
    gas_used INTEGER,
    problem TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS batches_by_state ON batches (state, block_number);
CREATE TABLE IF NOT EXISTS reports (
    batch BLOB NOT NULL,
    validator TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL,
    head BLOB NOT NULL,
    PRIMARY KEY (batch, validator, sequence)
);
"""
