"""What the API answers about many runs together."""

from typing import Any

from pydantic import Field

from ledger.client.answers import Answer
from ledger.index.views import Activity
from ledger.index.views import FacetValue
from ledger.insight.compare import Measured
from ledger.insight.comparison import Ratio
from ledger.insight.cost import Priced
from ledger.insight.names import Named
from ledger.insight.questions import Configurations
from ledger.insight.reputation import Reputation
from ledger.insight.story import Consistency
from ledger.insight.story import Standing
from ledger.insight.works import Work


class ComparedSide(Answer):
    """One side of a comparison."""

    of: str = Field(description="The record's CID, or the group's filter.")
    label: str
    record: dict[str, Any] | None = Field(description="The record, if the side is one.")
    measured: Measured
    against_first: Ratio | None = Field(description="None for the first side.")
    says: str = Field(description="The same in words; empty for the first side.")


class Compared(Answer):
    """Sides of a comparison; every other is compared with the first."""

    confidence: float = Field(description="Of the intervals.")
    sides: list[ComparedSide]
    page: str = Field(description="The page that shows it.")


class Names(Answer):
    """Jobs or machine types, the most frequent first."""

    rows: list[Named]


class StoryOf(Answer):
    """What the records of a job, or of a machine type, tell."""

    name: str
    records: int
    values: dict[str, list[FacetValue]] = Field(description="By field, its most frequent values.")
    configurations: Configurations
    consistency: Consistency
    works: list[Work] = Field(description="What was done, wherever it ran; at most 40.")
    reference: str | None = Field(description="The machine type that the others stand against.")
    standings: list[Standing]


class Cost(Answer):
    """What a job costs on each cluster, at the prices given."""

    job: str
    work: Work | None = Field(description="The input and parameters; None: no run counts.")
    works: int = Field(description="How many there are; `work=1` asks for the second.")
    rows: list[Priced] = Field(description="The cheapest first.")


class Person(Answer):
    """A contributor's or a validator's standing, and what it rests on."""

    address: str
    reputation: Reputation
    activity: Activity
