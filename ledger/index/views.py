"""What queries answer with: values the app renders, the API serves and the command prints."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from typing import Literal

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field


class LedgerStatus(StrEnum):
    """Where a record stands on the ledger (see the design, "Record status")."""

    PENDING = "pending"
    ANCHORED = "anchored"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DISPUTED = "disputed"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


class View(BaseModel):
    """An answer: immutable, complete, ready for JSON."""

    model_config = ConfigDict(frozen=True)


class RecordRow(View):
    """A record in a list."""

    cid: str
    job: str
    framework: str
    algorithm: str | None
    machine_type: str | None
    provider: str | None
    nodes: int
    input_bytes: int | None
    runtime_seconds: float
    outcome: str = Field(description="How the execution ended: succeeded, failed or killed.")
    status: LedgerStatus
    contributor: str | None = Field(description="EIP-55 address; None until signed.")
    started_at: datetime | None
    batch_id: str | None = Field(description="0x-prefixed; None until anchored.")
    accepted: int = Field(description="Validators that accepted it (k of n).")
    rejected: int = Field(description="Validators that rejected it.")
    validators: int = Field(description="Active validators when its batch was anchored (n).")
    quorum: int = Field(description="Verdicts needed (0 until anchored).")


class VerdictRow(View):
    """What one validator said of one record."""

    validator: str
    accepted: bool
    abstained: bool = Field(False, description="Whether it is no opinion: encrypted for others.")
    code: int
    reason: str = Field(description="Reason code in words, e.g. 'impossible-cpu'.")
    meaning: str
    detail: str
    sequence: int
    report_cid: str
    block_number: int
    transaction_hash: str


class RecordDetail(View):
    """Everything known of one record."""

    row: RecordRow
    record: dict[str, Any] = Field(description="The record itself, as JSON.")
    block_bytes: int = Field(description="Size of its canonical form.")
    verdicts: list[VerdictRow]
    submission_root: str | None
    batch: "BatchRow | None"


class BatchRow(View):
    """A batch in a list."""

    batch_id: str
    root: str
    manifest_cid: str
    publisher: str
    count: int
    submissions: int
    block_number: int
    block_hash: str
    transaction_hash: str
    anchored_at: datetime
    final: bool
    state: Literal["complete", "fetching", "malformed"]
    problem: str = Field(description="Why the batch is malformed or still being fetched, or ''.")
    quorum: int
    validators: int
    gas_used: int | None
    superseded_by: str | None


class RevocationRow(View):
    """Where a contributor revoked a record."""

    block_number: int
    final: bool


class SubmissionRow(View):
    """A submission within a batch."""

    contributor: str
    root: str
    count: int
    signature: str
    signature_valid: bool


class AttestationRow(View):
    """A validator's word on a whole batch."""

    batch_id: str
    validator: str
    sequence: int
    verdict_root: str
    accepted: int
    rejected: int
    abstained: int = Field(0, description="Encrypted records that the validator cannot read.")
    report_cid: str
    state: Literal["complete", "fetching", "malformed"]
    problem: str
    block_number: int
    transaction_hash: str
    attested_at: datetime


class BatchDetail(View):
    """Everything known of one batch, except its records."""

    batch: BatchRow
    submissions: list[SubmissionRow]
    attestations: list[AttestationRow]


class EnvelopeRow(View):
    """A record that is encrypted for a group: that it exists, and nothing else."""

    cid: str
    size_bytes: int = Field(description="Of the envelope, filled up to one of few sizes.")
    status: LedgerStatus
    contributor: str | None = Field(description="EIP-55 address of who handed it in.")
    batch_id: str
    block_number: int
    anchored_at: datetime
    accepted: int = Field(description="Validators of its group that accepted it (k of n).")
    rejected: int = Field(description="Validators of its group that rejected it.")
    validators: int = Field(description="Active validators when its batch was anchored (n).")
    quorum: int = Field(description="Verdicts needed.")


class Envelopes(View):
    """A page of encrypted records."""

    envelopes: list[EnvelopeRow]
    total: int
    next_after: str | None = Field(description="Pass as `after` for the next page; None: last.")


class EnvelopeDetail(View):
    """Everything known of an encrypted record."""

    row: EnvelopeRow
    verdicts: list[VerdictRow]
    submission_root: str
    batch: BatchRow


class ContributorRow(View):
    """A contributor with what came of their records."""

    address: str
    records: int
    accepted: int
    rejected: int
    disputed: int
    submissions: int
    jobs: list[str]
    first_at: datetime | None
    last_at: datetime | None


class ValidatorRow(View):
    """A validator with what they said."""

    address: str
    active: bool
    bond_wei: int
    attestations: int
    accepted: int
    rejected: int
    agreed: int = Field(description="Verdicts that match the quorum's outcome.")
    decided: int = Field(description="Verdicts on records whose quorum is reached.")
    last_at: datetime | None


class Day(View):
    """What happened on one day (UTC)."""

    day: str
    records: int = Field(description="Records anchored.")
    accepted: int = Field(description="Verdicts that accept a record.")
    rejected: int = Field(description="Verdicts that reject one.")


class Objection(View):
    """Why verdicts rejected records."""

    code: int
    reason: str = Field(description="Reason code in words.")
    meaning: str
    verdicts: int


class Agreement(View):
    """A validator's verdicts on one batch, beside what the quorum came to."""

    batch_id: str
    agreed: int
    decided: int


class Activity(View):
    """What somebody did over time, and what was said of it."""

    days: list[Day]
    objections: list[Objection]
    agreements: list[Agreement] = Field(description="Of a validator: the latest batches.")


class FacetValue(View):
    """A value of a filter with the number of records it would leave."""

    value: str
    count: int


class Bin(View):
    """A range of a quantity, ends included, with the number of records it would leave."""

    least: str = Field(description="As the filter takes it: bytes, seconds, or RFC 3339.")
    most: str | None = Field(description="The same; None: without a limit.")
    count: int


class Page(View):
    """A page of records with what is needed to show where one is."""

    rows: list[RecordRow]
    total: int
    next_after: str | None = Field(description="Pass as `after` for the next page; None: last.")
    previous_before: str | None = Field(description="Pass as `before` for the page before.")


class TimelinePoint(View):
    """Records anchored on one day."""

    day: str
    batches: int
    records: int


class Overview(View):
    """The ledger in figures."""

    records: int
    envelopes: int = Field(0, description="Records that are encrypted for a group.")
    by_status: dict[str, int]
    batches: int
    contributors: int
    validators: int
    quorum: int
    jobs: list[FacetValue]
    frameworks: list[FacetValue]
    timeline: list[TimelinePoint]
    recent_batches: list[BatchRow]
    head_block: int | None
    indexed_block: int | None
    chain_id: int


RecordDetail.model_rebuild()
