"""What the API answers with, beside the views of the index: shared by the app and its clients."""

from datetime import date
from datetime import datetime
from typing import Any
from typing import Literal

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field

from ledger.accounts.tokens import Scope
from ledger.anchor.contributions import Contribution
from ledger.index.views import AttestationRow
from ledger.index.views import BatchRow
from ledger.index.views import Bin
from ledger.index.views import ContributorRow
from ledger.index.views import EnvelopeRow
from ledger.index.views import FacetValue
from ledger.index.views import TimelinePoint
from ledger.index.views import ValidatorRow


class Answer(BaseModel):
    """An answer: immutable, complete."""

    model_config = ConfigDict(frozen=True)


class Facets(Answer):
    """Values of each filter and ranges of each quantity, with what each would leave."""

    facets: dict[str, list[FacetValue]] = Field(
        description="By filter, its values with the number of records each would leave."
    )
    ranges: dict[str, list[Bin]] = Field(
        description="By quantity (input_bytes, runtime_seconds, started_at), its ranges with the "
        "number of records each would leave."
    )


class Part(Answer):
    """A part of a list; the `Link` header leads to the others."""

    next_after: str | None = Field(description="Pass as `after` for the next part; null: the last.")


class Batches(Part):
    """Batches, newest first."""

    batches: list[BatchRow]


class EncryptedRecords(Part):
    """Records that are encrypted for a group, the latest anchored first."""

    envelopes: list[EnvelopeRow]
    total: int


class BatchCopies(Answer):
    """Where a batch is."""

    batch_id: str
    manifest: str = Field(description="The CID of its manifest.")
    records: int
    held: bool = Field(description="Whether it is whole on this node.")
    copies: int = Field(description="On how many nodes it is, this one included.")
    anchored_at: int = Field(description="Unix time, in seconds.")


class Replication(Part):
    """On how many nodes batches are."""

    batches: list[BatchCopies]
    total: int = Field(description="Batches in all parts.")


class Contributors(Part):
    """Who contributed, the most records first."""

    contributors: list[ContributorRow]


class Validators(Part):
    """Every account that was ever admitted as a validator, active ones first."""

    validators: list[ValidatorRow]


class ValidatorDetail(Answer):
    """A validator with the latest attestations."""

    validator: ValidatorRow
    attestations: list[AttestationRow]


class Attestations(Part):
    """A validator's standing attestations, newest first."""

    attestations: list[AttestationRow]


class Timeline(Answer):
    """Batches and records anchored on each day, the latest day last."""

    days: list[TimelinePoint]


class Fault(Answer):
    """A row that is no record."""

    row: int = Field(description="Number of the data row, from 1 on.")
    line: int = Field(description="Line of the file that it begins on, from 1 on.")
    column: str | None = Field(description="The column or field at fault, where it is one.")
    reason: str


class Readable(Answer):
    """A row that is a record."""

    row: int = Field(description="Number of the data row, from 1 on.")
    line: int = Field(description="Line of the file that it begins on, from 1 on.")
    cid: str
    record: dict[str, Any]


class Previewed(Answer):
    """What an upload holds; nothing of it was kept."""

    good: int = Field(description="Rows that are records.")
    bad: int = Field(description="Rows that are none.")
    records: list[Readable] = Field(description="The first records.")
    faults: list[Fault] = Field(description="The first bad rows.")


class Contributed(Answer):
    """What became of an upload."""

    contribution: Contribution | None = Field(
        description="The last of them, which the chain comes to last; null: all was known already."
    )
    contributions: list[Contribution] = Field(
        description="All, in order: one holds at most as many records as a batch."
    )
    new: int = Field(description="Records signed now.")
    known: int = Field(description="Records that were on the ledger, or on their way, before.")
    waiting: int = Field(
        0,
        description="Records kept for a group that wait for the signature of the node's operator.",
    )
    bad: int = Field(description="Rows that are no records.")
    faults: list[Fault] = Field(description="The first of them.")


class Contributions(Part):
    """Contributions of this node, newest first, without their records."""

    contributions: list[Contribution]


class StatementToSign(Answer):
    """What a contributor signs for records."""

    root: str = Field(description="Of the records' Merkle tree, in hexadecimal.")
    count: int
    cids: list[str] = Field(description="The records below the root.")
    typed_data: dict[str, Any] = Field(
        description="For `eth_signTypedData_v4`, or any other EIP-712 signer."
    )


class Draft(Answer):
    """An upload that waits for its owner's signature."""

    id: str
    url: str = Field(description="The page on which its owner signs it.")
    title: str
    uploaded_at: datetime


class Drafts(Answer):
    """The drafts of an account, newest first."""

    drafts: list[Draft]


class DraftRead(Answer):
    """What was understood of a draft."""

    draft: Draft
    new: int = Field(description="Records that are to be signed.")
    known: int = Field(description="Records that have a signature, or stand twice in the upload.")
    bad: int = Field(description="Rows that are no records.")
    faults: list[Fault] = Field(description="The first of them.")


class HookDelivery(Answer):
    """What became of an event that a scheduler delivered."""

    hook: str
    state: Literal["taken", "known", "ignored"] = Field(
        description="taken: its record is kept; known: it was before; ignored: the hook passes it "
        "over."
    )
    cid: str | None = Field(description="Of its record.")


class TokenInfo(Answer):
    """What a token is good for."""

    id: str
    account: str
    name: str
    scopes: list[Scope]
    expires_at: datetime


class CheckedStep(Answer):
    """One step of a verification."""

    name: str
    ok: bool
    proved: str = Field(description="What it shows, or what is wrong.")
    rests_on: str = Field(description="On whose word it rests.")
    values: dict[str, Any] = Field(description="The raw values, to check by hand.")


class Checked(Answer):
    """What came of a verification."""

    result: str = Field(description="The named result; `valid` if every step holds.")
    meaning: str
    exit_code: int = Field(description="What `perfledger verify` exits with.")
    cid: str
    steps: list[CheckedStep]


Kind = Literal["record", "batch", "contributor", "validator", "records"]


class Found(Answer):
    """Where a search leads."""

    kind: Kind = Field(description="What was named exactly; `records`: the list of what matches.")
    url: str = Field(description="Where the API has it.")
    page: str = Field(description="Where the pages have it.")
    records: int = Field(description="How many records match the words.")


class Citation(Answer):
    """How to cite a record, a batch, or the records that pass a filter."""

    key: str = Field(description="The key of the BibTeX entry.")
    title: str
    url: str = Field(description="Where it is shown.")
    proof_url: str | None = Field(
        description="Where the record's proof file, or the batch's manifest, stays."
    )
    accessed: date
    text: str = Field(description="For a list of references in plain text.")
    bibtex: str = Field(description="An `@misc` entry; every value is escaped.")
    csl: dict[str, Any] = Field(description="A CSL-JSON item (citation-style-language 1.0).")


class Health(Answer):
    """That the app answers, and whether its parts do."""

    status: str
    records: int


class FieldProblem(Answer):
    """One thing that is wrong with a request."""

    parameter: str = Field(description="The parameter, or the line, that it is about.")
    detail: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str = Field(description="Where this kind of problem is described.")
    title: str
    status: int
    detail: str = Field(description="What happened, in one sentence.")
    hint: str = Field("", description="What to do about it.")
    errors: list[FieldProblem] = Field(
        default_factory=list, description="One by one, what is wrong."
    )
