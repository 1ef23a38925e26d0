"""How far a contribution has come, as steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flask import url_for

from ledger.anchor.contributions import Contribution
from ledger.errors import NotFoundError
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.views import BatchDetail
from ledger.index.views import LedgerStatus
from webapp.format import moment
from webapp.format import number
from webapp.format import plural

State = Literal["done", "now", "waiting"]

_ORDER = ("pending", "batched", "sent", "anchored", "final")

_UNDECIDED = frozenset({LedgerStatus.PENDING.value, LedgerStatus.ANCHORED.value})


@dataclass(frozen=True, slots=True)
class Milestone:
    """One step: what it is, whether it is done, and what there is to know of it."""

    title: str
    state: State
    says: str
    hash: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A contribution on its way.

    Attributes:
        contribution: the contribution.
        milestones: its steps, in order.
        settled: whether nothing more will change by itself.
        by_status: status → records of this contributor in the batch.
    """

    contribution: Contribution
    milestones: tuple[Milestone, ...]
    settled: bool
    by_status: Mapping[str, int]


def progress(contribution: Contribution, queries: Queries) -> Progress:
    """How far a contribution has come, from the outbox and the index."""
    batch = _indexed(contribution, queries)
    by_status = _by_status(contribution, queries) if batch is not None else {}
    decided = bool(by_status) and not _UNDECIDED & set(by_status)
    steps = (*_to_the_chain(contribution), _verdicts(contribution, batch, decided=decided))
    return Progress(contribution, steps, contribution.state == "final" and decided, by_status)


def _indexed(contribution: Contribution, queries: Queries) -> BatchDetail | None:
    if contribution.batch_id is None:
        return None
    try:
        return queries.batch(contribution.batch_id)
    except NotFoundError:  # on chain before it is in the index
        return None


def _by_status(contribution: Contribution, queries: Queries) -> dict[str, int]:
    chosen = Filter.model_validate(
        {"batch": [contribution.batch_id], "contributor": [contribution.contributor]}
    )
    return {value.value: value.count for value in queries.facets(chosen)["status"]}


def _to_the_chain(contribution: Contribution) -> tuple[Milestone, ...]:
    reached = _ORDER.index(contribution.state)
    batch = contribution.batch_id

    def state(name: str) -> State:
        place = _ORDER.index(name)
        if reached >= place:
            return "done"
        return "now" if reached + 1 == place else "waiting"

    return (
        Milestone(
            "Stored",
            "done",
            f"{plural(contribution.count, 'record')} on disk since "
            f"{moment(contribution.created_at)}.",
        ),
        Milestone(
            "Signed",
            "done",
            "One signature for all of them.",
            contribution.contributor,
            url_for("contributors.detail", address=contribution.contributor)
            if reached >= _ORDER.index("anchored")
            else None,
        ),
        Milestone(
            "In a batch",
            state("batched"),
            "Bound to this contributor by the batch's Merkle root."
            if batch
            else "The next batch takes it.",
            batch,
            url_for("batches.detail", batch_id=batch)
            if batch and reached >= _ORDER.index("anchored")
            else None,
        ),
        Milestone(
            "Transaction sent",
            state("sent"),
            "One transaction for the whole batch.",
            contribution.transaction_hash,
        ),
        Milestone(
            "Anchored",
            state("anchored"),
            f"In block {number(contribution.block_number)}."
            if contribution.block_number is not None
            else "Waits for a block.",
        ),
        Milestone(
            "Final",
            state("final"),
            "Deep enough that the chain will not take it back."
            if contribution.state == "final"
            else "Waits for blocks on top of it.",
        ),
    )


def _verdicts(contribution: Contribution, batch: BatchDetail | None, *, decided: bool) -> Milestone:
    if batch is None:
        return Milestone("Verdicts", "waiting", "Validators look at it once it is on chain.")
    spoken = len({each.validator for each in batch.attestations})
    says = (
        f"{number(spoken)} of {plural(batch.batch.validators, 'validator')} have spoken; "
        f"{number(batch.batch.quorum)} decide."
    )
    anchored = _ORDER.index(contribution.state) >= _ORDER.index("anchored")
    return Milestone("Verdicts", "done" if decided else "now" if anchored else "waiting", says)
