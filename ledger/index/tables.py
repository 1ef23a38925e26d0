"""The tables of the index. Nothing in them that cannot be rebuilt from the chain and the blocks.

What came from an event carries the event's block, so that a reorg is undone by deleting what lies
above the common ancestor. What is derived from it (statuses, which claim to a record is listed,
which attestation stands) is computed again for the batches concerned.

Surrogate keys keep a million records small; they mean nothing outside one database. Text is sorted
by code point on every database (migration 0004).
"""

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import Integer
from sqlalchemy import LargeBinary
from sqlalchemy import MetaData
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import UniqueConstraint
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

Key = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column declared INTEGER."""

Unsigned = BigInteger().with_variant(Integer, "sqlite")
"""What has 32 bits without a sign on chain: one more than SQL's INTEGER, but in SQLite."""

HASH = String(66)
ADDRESS = String(42)
CID = String(59)
STATE = String(16)

FETCHING = "fetching"
COMPLETE = "complete"
MALFORMED = "malformed"


class Base(DeclarativeBase):
    """Every table of the index; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class SyncState(Base):
    """One row: which ledger this is an index of, and how far it has come.

    ``revision`` rises with every change of the index; what was computed from one revision holds
    as long as it stays. ``undone`` is the last one at which listed records were deleted: who
    follows the changes of single records has to begin again there.
    """

    __tablename__ = "sync_state"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(BigInteger)
    undone: Mapped[int] = mapped_column(BigInteger, default=0)
    chain_id: Mapped[int | None] = mapped_column(BigInteger)
    genesis_hash: Mapped[str | None] = mapped_column(HASH)
    registry_address: Mapped[str | None] = mapped_column(ADDRESS)
    validator_set_address: Mapped[str | None] = mapped_column(ADDRESS)
    attestations_address: Mapped[str | None] = mapped_column(ADDRESS)
    indexed_block: Mapped[int | None] = mapped_column(BigInteger)
    head_block: Mapped[int | None] = mapped_column(BigInteger)
    head_timestamp: Mapped[int | None] = mapped_column(BigInteger)
    final_block: Mapped[int | None] = mapped_column(BigInteger)


class Block(Base):
    """A block header: those with events of the ledger, and all that are not final yet."""

    __tablename__ = "blocks"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(HASH)
    parent_hash: Mapped[str] = mapped_column(HASH)
    timestamp: Mapped[int] = mapped_column(BigInteger)
    eventful: Mapped[bool]


class Batch(Base):
    """An anchored batch.

    ``state`` is ``fetching`` until all blocks are here and every record is indexed; ``attempts``
    counts the tries. ``undecodable`` counts leaves that are no records of a known schema.
    """

    __tablename__ = "batches"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    batch_id: Mapped[str] = mapped_column(HASH, unique=True)
    root: Mapped[str] = mapped_column(HASH)
    manifest_cid: Mapped[str] = mapped_column(CID)
    publisher: Mapped[str] = mapped_column(ADDRESS, index=True)
    record_count: Mapped[int] = mapped_column(BigInteger)
    submissions: Mapped[int]
    undecodable: Mapped[int] = mapped_column(BigInteger)
    block_number: Mapped[int] = mapped_column(BigInteger)
    log_index: Mapped[int]
    block_hash: Mapped[str] = mapped_column(HASH)
    transaction_hash: Mapped[str] = mapped_column(HASH)
    gas_used: Mapped[int | None] = mapped_column(BigInteger)
    anchored_at: Mapped[int] = mapped_column(BigInteger)
    quorum: Mapped[int] = mapped_column(Unsigned)
    validators: Mapped[int] = mapped_column(Unsigned)
    overdue: Mapped[bool]
    state: Mapped[str] = mapped_column(STATE, index=True)
    problem: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]

    __table_args__ = (Index(None, "block_number", "log_index", unique=True),)


class Submission(Base):
    """A submission within a batch; ``contributor`` is but a claim unless the signature is valid."""

    __tablename__ = "submissions"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    batch: Mapped[int] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    position: Mapped[int]
    contributor: Mapped[str] = mapped_column(ADDRESS, index=True)
    root: Mapped[str] = mapped_column(HASH)
    record_count: Mapped[int] = mapped_column(BigInteger)
    signature: Mapped[str] = mapped_column(String(132))
    signature_valid: Mapped[bool]

    __table_args__ = (UniqueConstraint("batch", "position"),)


_NOW = select(SyncState.revision).scalar_subquery()
"""The revision that a transaction writes."""


class Record(Base):
    """A claim to a record: a place in a batch, or a pending one (no batch).

    Several batches may hold the same record; ``listed`` marks the one claim that is shown.
    ``contributor`` is set only where the submission's signature is valid. ``execution`` names the
    execution as its source does (see `execution_key`), so that validators find repeats of it.
    ``revision`` is that of the row's last change, set by every insert and update.
    """

    __tablename__ = "records"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    batch: Mapped[int | None] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    submission: Mapped[int | None] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    position: Mapped[int | None]
    listed: Mapped[bool]
    status: Mapped[str] = mapped_column(STATE)
    accepted: Mapped[int]
    rejected: Mapped[int]
    contributor: Mapped[str | None] = mapped_column(ADDRESS)
    job: Mapped[str] = mapped_column(Text)
    framework: Mapped[str] = mapped_column(Text)
    algorithm: Mapped[str | None] = mapped_column(Text)
    machine_type: Mapped[str | None] = mapped_column(Text)
    provider: Mapped[str | None] = mapped_column(Text)
    nodes: Mapped[int] = mapped_column(BigInteger)
    input_bytes: Mapped[int | None] = mapped_column(BigInteger)
    runtime_seconds: Mapped[float]
    outcome: Mapped[str] = mapped_column(STATE)
    started_at: Mapped[int | None] = mapped_column(BigInteger)
    search: Mapped[str] = mapped_column(Text)
    execution: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    revision: Mapped[int] = mapped_column(BigInteger, index=True, default=_NOW, onupdate=_NOW)

    __table_args__ = (
        Index(None, "digest", "batch", unique=True),
        Index(None, "batch", "position", unique=True),
        Index(None, "submission"),
        Index(None, "listed", "id"),
        Index(None, "listed", "status"),
        Index(None, "listed", "contributor"),
        Index(None, "listed", "job"),
        Index(None, "listed", "framework"),
        Index(None, "listed", "algorithm"),
        Index(None, "listed", "machine_type"),
        Index(None, "listed", "provider"),
        Index(None, "listed", "nodes"),
        Index(None, "listed", "outcome"),
        Index(None, "listed", "input_bytes"),
        Index(None, "listed", "runtime_seconds"),
        Index(None, "listed", "started_at"),
    )


class Undecodable(Base):
    """A leaf of a batch that is no record of a known schema: counted and explained, not listed."""

    __tablename__ = "undecodable"

    batch: Mapped[int] = mapped_column(
        ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    problem: Mapped[str] = mapped_column(Text)


class Envelope(Base):
    """A leaf that stands for a record which only the members of a group can read.

    Every one that a batch holds, as nobody else knows which repeats which. ``contributor`` is who
    handed it in, and set only where the submission's signature is valid.
    """

    __tablename__ = "envelopes"

    batch: Mapped[int] = mapped_column(
        ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    submission: Mapped[int] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), index=True
    )
    contributor: Mapped[str | None] = mapped_column(ADDRESS)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(STATE)
    accepted: Mapped[int]
    rejected: Mapped[int]


LEAVES: tuple[type[Record] | type[Envelope] | type[Undecodable], ...] = (
    Record,
    Envelope,
    Undecodable,
)
"""A leaf of a whole batch stands in one of these."""


class Attestation(Base):
    """A validator's word on a batch.

    Corrections are kept beside what they correct: a reorg may bring the earlier one back.
    ``standing`` marks the highest sequence of a validator on a batch. ``decided`` counts records
    whose quorum is reached, ``agreed`` those of them with the same verdict. ``abstained`` counts
    those of the rejections which say only that the validator cannot read the record.
    """

    __tablename__ = "attestations"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    batch: Mapped[int] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    validator: Mapped[str] = mapped_column(ADDRESS, index=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    verdict_root: Mapped[str] = mapped_column(HASH)
    accepted: Mapped[int] = mapped_column(BigInteger)
    rejected: Mapped[int] = mapped_column(BigInteger)
    abstained: Mapped[int] = mapped_column(BigInteger, default=0)
    report_cid: Mapped[str] = mapped_column(CID)
    block_number: Mapped[int] = mapped_column(BigInteger)
    log_index: Mapped[int]
    transaction_hash: Mapped[str] = mapped_column(HASH)
    attested_at: Mapped[int] = mapped_column(BigInteger)
    standing: Mapped[bool]
    agreed: Mapped[int] = mapped_column(BigInteger)
    decided: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(STATE, index=True)
    problem: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]

    __table_args__ = (
        UniqueConstraint("batch", "validator", "sequence"),
        Index(None, "block_number", "log_index", unique=True),
    )


class Rejection(Base):
    """A verdict other than 'accepted'.

    Every other record of a complete attestation is accepted, so that three validators who accept
    a million records add three rows.
    """

    __tablename__ = "rejections"

    attestation: Mapped[int] = mapped_column(
        ForeignKey("attestations.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[int]
    detail: Mapped[str] = mapped_column(Text)


class ValidatorEvent(Base):
    """What happened to a validator; ``kind`` is an event of ValidatorSet, in lower case.

    ``bond_wei`` is text: 96 bits do not fit SQL integers.
    """

    __tablename__ = "validator_events"

    block_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    validator: Mapped[str] = mapped_column(ADDRESS, index=True)
    kind: Mapped[str] = mapped_column(STATE)
    bond_wei: Mapped[str | None] = mapped_column(String(32))


class Parameter(Base):
    """A quorum, or a number of active validators, with the block from which it holds."""

    __tablename__ = "parameters"

    block_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(STATE)
    from_block: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[int] = mapped_column(BigInteger)


class Supersession(Base):
    """A publisher replaced a batch by another; a batch is replaced once at most."""

    __tablename__ = "supersessions"

    batch_id: Mapped[str] = mapped_column(HASH, primary_key=True)
    replacement_id: Mapped[str] = mapped_column(HASH)
    block_number: Mapped[int] = mapped_column(BigInteger)
    log_index: Mapped[int]


class Revocation(Base):
    """A contributor withdrew a record, wherever they contributed it."""

    __tablename__ = "revocations"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    contributor: Mapped[str] = mapped_column(ADDRESS, primary_key=True)
    block_number: Mapped[int] = mapped_column(BigInteger)
    log_index: Mapped[int]
