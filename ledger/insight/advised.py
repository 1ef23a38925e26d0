"""What is answered to who asks how long a run will take: the model, its error, and the records."""

from pydantic import Field

from ledger.index.views import LedgerStatus
from ledger.index.views import View
from ledger.model.advice.pricing import Unit


class Foretold(View):
    """A predicted runtime, and how sure it is."""

    runtime_seconds: float
    lower_seconds: float = Field(description="Lower end of the interval.")
    upper_seconds: float = Field(description="Upper end of the interval.")
    level: float = Field(description="Share of runs that the interval is expected to hold.")
    model: str
    error: float = Field(
        description="The model's mean absolute percentage error on configurations that it had "
        "not seen, as a fraction."
    )
    configurations: int = Field(description="Distinct configurations it learned from.")
    records: int = Field(description="Records it learned from.")
    standing: dict[LedgerStatus, int] = Field(
        description="Those records by their status; what is not accepted weighs less."
    )
    notes: list[str] = Field(description="What was assumed, left out or extrapolated.")


class Predicted(Foretold):
    """A predicted runtime with the records that it rests on."""

    cids: list[str] = Field(description="The records it learned from.")


class Choice(View):
    """A cluster, and what a run on it takes."""

    machine_type: str
    nodes: int
    cores_per_node: int | None
    memory_bytes_per_node: int | None
    runtime: Foretold
    cost: float | None = Field(
        description="Of a run of the predicted runtime; null: its machine type has no price."
    )
    sure_seconds: float | None = Field(
        description="Within which a run ends with the confidence asked for; null: so few runs are "
        "known that it cannot be claimed."
    )
    sure_cost: float | None = Field(description="Of a run that takes so long.")
    chance: float = Field(description="Probability that it keeps the deadline and the budget.")
    keeps: bool = Field(description="Whether that is at least the confidence.")
    on_front: bool = Field(
        description="Whether no other is at once as cheap and as fast, and better in one."
    )
    spark_submit: str = Field(description="The cluster as the options of `spark-submit`.")


class Trial(View):
    """A run that would tell much about the clusters."""

    machine_type: str
    nodes: int
    input_bytes: int | None = Field(description="Of its input, which may be a part of the whole.")
    bits: float = Field(
        description="Expected information about the runtime on each of the clusters, on average, "
        "beside what the runs named before it tell."
    )
    seconds: float = Field(description="How long it will take, as far as is known.")
    cost: float | None = Field(description="Null: its machine type has no price.")


class Recommended(View):
    """Which cluster to run on, of which ones, and why."""

    deadline_seconds: float | None
    budget: float | None
    confidence: float
    unit: Unit = Field(description="Of all costs, the budget included.")
    choice: Choice | None = Field(
        description="The fastest within a budget where only that is given; else the cheapest that "
        "keeps the conditions; null: none does."
    )
    cheapest: Choice | None = Field(description="The cheapest that keeps the conditions.")
    fastest: Choice | None = Field(description="The fastest that keeps the conditions.")
    likeliest: Choice = Field(description="What keeps the conditions most probably.")
    options: list[Choice] = Field(description="All clusters, the cheapest first.")
    trials: list[Trial] = Field(description="What to run next to learn most.")
    notes: list[str]
    cids: list[str] = Field(description="The records that all of this rests on.")
