"""What the runs of each job, or of each machine type, amount to."""

from typing import Any

from pydantic import Field

from ledger.index.filters import ALL
from ledger.index.queries import Queries
from ledger.index.queries.facets import MAX_VALUES
from ledger.index.queries.source import Pairs
from ledger.index.queries.source import RecordSource
from ledger.index.views import LedgerStatus
from ledger.index.views import View
from ledger.insight.questions import MOST_GROUPS
from ledger.insight.questions import counted
from ledger.insight.questions import grouped
from ledger.insight.spread import Quartiles

REFUSED = (LedgerStatus.REJECTED, LedgerStatus.DISPUTED)


class Named(View):
    """What the runs of one name amount to: of a job, or of a machine type."""

    name: str
    records: int
    accepted: int = Field(description="By a quorum of validators.")
    refused: int = Field(description="Rejected or disputed.")
    others: list[str] = Field(description="Machine types of a job, or jobs of a machine type.")
    contributors: int
    runtime: Quartiles | None = Field(description="Of the runs that count; None: none does.")


def most_frequent(queries: Queries, field: str) -> list[Named]:
    """The names in a field, the most frequent first, at most 5,000.

    Args:
        queries: what is asked.
        field: ``job`` or ``machine_type``.
    """
    other = "machine_type" if field == "job" else "job"
    runtimes = {group.key[0]: group.runtime for group in grouped(queries, counted(ALL), (field,))}

    def answer(source: RecordSource) -> list[Named]:
        status = source.pairs(ALL, field, "status")
        others = _sorted_pairs(source.pairs(ALL, field, other))
        people = _sorted_pairs(source.pairs(ALL, field, "contributor"))
        return [
            Named(
                name=name,
                records=count,
                accepted=status.get((name, LedgerStatus.ACCEPTED.value), 0),
                refused=sum(status.get((name, each.value), 0) for each in REFUSED),
                others=others.get(name, [])[:MAX_VALUES],
                contributors=len(people.get(name, [])),
                runtime=runtimes.get(name),
            )
            for name, count in source.values(ALL, field, MOST_GROUPS)
        ]

    return queries.asked(("most frequent", field), answer)


def _sorted_pairs(pairs: Pairs) -> dict[Any, list[str]]:
    """By the first value, the second ones, the most frequent first."""
    found: dict[Any, list[str]] = {}
    for (one, other), _ in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
        found.setdefault(one, []).append(other)
    return found
