"""How far a contribution has come, as steps."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flask import url_for

from ledger.anchor.contributions import Contribution
from ledger.errors import NotFoundError
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.views import AttestationRow
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
class Finality:
    """How far the chain has come, and how deep a final block lies.

    Attributes:
        head: the newest block that this node knows of; None: none yet.
        depth: blocks on top of one that is final; None: the network says which are.
    """

    head: int | None
    depth: int | None


@dataclass(frozen=True, slots=True)
class Word:
    """What one validator says of the batch.

    Attributes:
        validator: EIP-55 address.
        said: its attestation; None: it has not spoken.
    """

    validator: str
    said: AttestationRow | None


@dataclass(frozen=True, slots=True)
class Progress:
    """A contribution on its way.

    Attributes:
        contribution: the contribution.
        milestones: its steps, in order.
        settled: whether nothing more will change by itself.
        by_status: status → records of this contributor in the batch.
        words: what validators say of the batch, those that have not spoken last.
    """

    contribution: Contribution
    milestones: tuple[Milestone, ...]
    settled: bool
    by_status: Mapping[str, int]
    words: tuple[Word, ...]


def progress(contribution: Contribution, queries: Queries, finality: Finality) -> Progress:
    """How far a contribution has come, from the outbox and the index."""
    batch = _indexed(contribution, queries)
    by_status = _by_status(contribution, queries) if batch is not None else {}
    decided = bool(by_status) and not _UNDECIDED & set(by_status)
    words = _words(batch, queries) if batch is not None else ()
    steps = (
        *_to_the_chain(contribution, finality),
        _verdicts(contribution, batch, words, decided=decided),
    )
    settled = contribution.state == "final" and decided
    return Progress(contribution, steps, settled, by_status, words)


def _indexed(contribution: Contribution, queries: Queries) -> BatchDetail | None:
    if contribution.batch_id is None:
        return None
    try:
        return queries.batch(contribution.batch_id)
    except NotFoundError:  # on chain before it is in the index
        return None


def _by_status(contribution: Contribution, queries: Queries) -> dict[str, int]:
    """Of records and envelopes alike: who pays for envelopes may have records in the batch too."""
    batch, contributor = contribution.batch_id, contribution.contributor
    if batch is None:
        return {}
    chosen = Filter.model_validate({"batch": [batch], "contributor": [contributor]})
    found = Counter({value.value: value.count for value in queries.facets(chosen)["status"]})
    found.update(queries.envelopes_by_status(batch, contributor))
    return dict(found)


def _words(batch: BatchDetail, queries: Queries) -> tuple[Word, ...]:
    """The latest word of each validator that has spoken, and of active ones that have not."""
    latest: dict[str, AttestationRow] = {}
    for said in sorted(batch.attestations, key=lambda each: each.sequence):
        latest[said.validator] = said
    silent = [each.address for each in queries.validators() if each.active]
    return (
        *(Word(validator, said) for validator, said in latest.items()),
        *(Word(validator, None) for validator in silent if validator not in latest),
    )


def _to_the_chain(contribution: Contribution, finality: Finality) -> tuple[Milestone, ...]:
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
        Milestone("Final", state("final"), _depth(contribution, finality)),
    )


def _depth(contribution: Contribution, finality: Finality) -> str:
    """In words: its depth of the depth that is needed."""
    if contribution.state == "final":
        return "Deep enough that the chain will not take it back."
    wanted = (
        "the network says when a block is final"
        if finality.depth is None
        else f"{plural(finality.depth, 'block')} on top make it final"
    )
    if contribution.block_number is None or finality.head is None:
        return f"Waits for its block; {wanted}."
    deep = max(finality.head - contribution.block_number, 0)
    if finality.depth is None:
        return f"{plural(deep, 'block')} deep; {wanted}."
    return f"{number(min(deep, finality.depth))} of {plural(finality.depth, 'block')} on top of it."


def _verdicts(
    contribution: Contribution,
    batch: BatchDetail | None,
    words: tuple[Word, ...],
    *,
    decided: bool,
) -> Milestone:
    if batch is None:
        return Milestone("Verdicts", "waiting", "Validators look at it once it is on chain.")
    spoken = sum(1 for word in words if word.said is not None)
    says = (
        f"{number(spoken)} of {plural(batch.batch.validators, 'validator')} have spoken; "
        f"{number(batch.batch.quorum)} decide."
    )
    anchored = _ORDER.index(contribution.state) >= _ORDER.index("anchored")
    return Milestone("Verdicts", "done" if decided else "now" if anchored else "waiting", says)
