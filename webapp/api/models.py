"""What the API answers with, beside the views of the index."""

from typing import Any

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field

from ledger.anchor.contributions import Contribution
from ledger.index.views import AttestationRow
from ledger.index.views import BatchRow
from ledger.index.views import ContributorRow
from ledger.index.views import FacetValue
from ledger.index.views import ValidatorRow
from ledger.peers.replication import BatchStatus
from ledger.verify import Verification


class Answer(BaseModel):
    """An answer: immutable, complete."""

    model_config = ConfigDict(frozen=True)


class Facets(Answer):
    """Values of each filter, with the number of records each would leave."""

    facets: dict[str, list[FacetValue]]


class Batches(Answer):
    """Batches, newest first."""

    batches: list[BatchRow]
    next_after: str | None = Field(description="Pass as `after` for the next page; None: last.")


class Replication(Answer):
    """On how many nodes batches are."""

    batches: list[BatchStatus]
    total: int = Field(description="Batches on all pages.")
    page: int = Field(description="Which one this is, from 1 on.")
    pages: int = Field(description="How many there are.")


class Contributors(Answer):
    """Everyone who contributed."""

    contributors: list[ContributorRow]


class Validators(Answer):
    """Everyone ever admitted as a validator."""

    validators: list[ValidatorRow]


class ValidatorDetail(Answer):
    """A validator with the latest attestations."""

    validator: ValidatorRow
    attestations: list[AttestationRow]


class Fault(Answer):
    """A row that is no record."""

    row: int
    line: int
    column: str | None
    reason: str


class Contributed(Answer):
    """What became of an upload."""

    contribution: Contribution | None = Field(
        description="The last of them, which the chain comes to last; None: all was known already."
    )
    contributions: list[Contribution] = Field(
        description="All, in order: one holds at most as many records as a batch."
    )
    new: int = Field(description="Records signed now.")
    known: int = Field(description="Records that were on the ledger, or on their way, before.")
    bad: int = Field(description="Rows that are no records.")
    faults: list[Fault] = Field(description="The first of them.")


class Contributions(Answer):
    """The latest contributions of this node, newest first, without their records."""

    contributions: list[Contribution]


class CheckedStep(Answer):
    """One step of a verification."""

    name: str
    ok: bool
    proved: str
    rests_on: str
    values: dict[str, Any]


class Checked(Answer):
    """What came of a verification."""

    result: str
    meaning: str
    exit_code: int
    cid: str
    steps: list[CheckedStep]

    @classmethod
    def of(cls, verification: Verification) -> "Checked":
        """The same, for JSON."""
        return cls.model_validate(verification.as_dict())


class Health(Answer):
    """That the app answers, and whether its parts do."""

    status: str
    records: int
