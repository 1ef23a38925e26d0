"""On how many nodes each batch is, as far as this one knows."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from operator import attrgetter

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field

from ledger.peers.anchored import BATCH
from ledger.peers.peering import Peering
from ledger.record.cid import from_text
from ledger.record.cid import to_text

ENOUGH = 2
"""On fewer nodes a batch is at risk: one that ends may take it along."""


class BatchStatus(BaseModel):
    """Where a batch is.

    Attributes:
        batch_id: as contracts name it.
        manifest: its CID.
        records: how many it holds.
        held: whether it is whole here.
        copies: on how many nodes it is, this one included.
        anchored_at: Unix time.
    """

    model_config = ConfigDict(frozen=True)

    batch_id: str
    manifest: str
    records: int
    held: bool
    copies: int
    anchored_at: int

    @property
    def is_at_risk(self) -> bool:
        """Whether it is on one node or none."""
        return self.copies < ENOUGH


class Copies(BaseModel):
    """How many batches are on so many nodes."""

    model_config = ConfigDict(frozen=True)

    copies: int
    batches: int


class Holders(BaseModel):
    """Who holds a batch; nodes that have not answered lately, or are not trusted, do not count."""

    model_config = ConfigDict(frozen=True)

    manifest: str = Field(description="The CID of its manifest.")
    held: bool = Field(description="Whether it is whole here.")
    copies: int = Field(description="On how many nodes it is, this one included.")
    at_risk: bool = Field(description="Whether it is on one node or none.")
    peers: tuple[str, ...] = Field(description="URLs of the others.")


class Sort(StrEnum):
    """What batches may be sorted by."""

    ANCHORED = "anchored"
    COPIES = "copies"
    RECORDS = "records"


def batches_of(peering: Peering) -> list[BatchStatus]:
    """Every batch that is what was anchored or not here yet, the newest first."""
    dags = [*peering.dags.whole(), *peering.dags.missing()]
    batches = {dag.digest: dag for dag in dags if dag.kind == BATCH}
    kept = peering.book.kept.all()
    copies = peering.book.holdings.copies(list(batches))
    newest = sorted(batches.values(), key=lambda dag: -dag.batch)
    return [
        BatchStatus(
            batch_id=dag.batch_id,
            manifest=to_text(dag.digest),
            records=dag.records,
            held=dag.digest in kept,
            copies=copies[dag.digest] + (dag.digest in kept),
            anchored_at=dag.anchored_at,
        )
        for dag in newest
    ]


def arranged(
    batches: Sequence[BatchStatus], sort: Sort, *, descending: bool, at_risk: bool = False
) -> list[BatchStatus]:
    """Batches in another order, those at risk alone if so asked.

    Args:
        batches: the newest first, which decides between equals.
        sort: what by.
        descending: the most, or the newest, first.
        at_risk: leave out the others.
    """
    chosen = [batch for batch in batches if batch.is_at_risk or not at_risk]
    if sort is Sort.ANCHORED:
        return chosen if descending else chosen[::-1]
    return sorted(chosen, key=attrgetter(sort), reverse=descending)


def counted(batches: Sequence[BatchStatus]) -> tuple[Copies, ...]:
    """How many batches are on how many nodes, from the fewest on."""
    numbers = Counter(batch.copies for batch in batches)
    return tuple(Copies(copies=copies, batches=numbers[copies]) for copies in sorted(numbers))


def holders_of(peering: Peering, manifest: str) -> Holders:
    """Who holds the batch of a manifest."""
    digest = from_text(manifest)
    peers = tuple(sorted(peering.book.holdings.on(digest)))
    held = peering.book.kept.has(digest)
    copies = len(peers) + held
    return Holders(
        manifest=manifest, held=held, copies=copies, at_risk=copies < ENOUGH, peers=peers
    )
