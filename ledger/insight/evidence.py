"""What a prediction may rest on: a job's runs, each as heavy as its status on the ledger."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.views import LedgerStatus
from ledger.model.observation import Observation
from ledger.model.standing import WEIGHTS
from ledger.model.standing import counting
from ledger.record.schema import Status

LONGEST_NAME = 256
"""Characters that a record's names have at most."""


class Only(StrEnum):
    """Which records are learned from."""

    ACCEPTED = "accepted"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A job's runs.

    Attributes:
        observations: the runs.
        statuses: where each stands, by CID.
        is_whole: whether there are no more of them.
    """

    observations: tuple[Observation, ...]
    statuses: Mapping[str, LedgerStatus]
    is_whole: bool

    def standing(self, cids: Iterable[str]) -> dict[LedgerStatus, int]:
        """How many of some records stand where."""
        counts = Counter(self.statuses[cid] for cid in cids)
        return {status: counts[status] for status in WEIGHTS if status in counts}


def evidence(
    queries: Queries,
    job: str,
    only: Only = Only.ACCEPTED,
    *,
    most: int | None = None,
    machine_types: Sequence[str] = (),
) -> Evidence:
    """What the ledger knows of a job's successful runs.

    Args:
        queries: what is asked.
        job: its name.
        only: which records count.
        most: how many are read at most; None: all.
        machine_types: only runs on these; none: on any.
    """
    if not 0 < len(job) <= LONGEST_NAME:
        return Evidence((), {}, is_whole=True)
    status = counting(accepted_only=only is Only.ACCEPTED)
    chosen = Filter(
        job=(job,),
        status=status,
        outcome=(Status.SUCCEEDED,),
        machine_type=tuple(machine_types),
    )
    found, statuses = [], {}
    stream = iter(queries.observations(chosen))
    for cid, record, row in islice(stream, most):
        found.append(Observation(cid, record, WEIGHTS[row.status], row.contributor))
        statuses[cid] = row.status
    is_whole = most is None or len(found) < most or next(stream, None) is None
    return Evidence(tuple(found), statuses, is_whole)
