"""How a node stands among its peers."""

import time
from collections.abc import Sequence

from pydantic import BaseModel
from pydantic import ConfigDict

from ledger.peers.anchored import BATCH
from ledger.peers.anchored import AnchoredDAG
from ledger.peers.book import PeerRow
from ledger.peers.peering import Peering
from ledger.record.cid import to_text

_SHOWN = 1_000
"""Batches and wants that are listed; all are counted."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class PeerStatus(_Row):
    """A peer, gateway or routing service.

    Attributes:
        url: where it is reached.
        kind: ``peer``, ``gateway`` or ``router``.
        peer_id: its libp2p Peer ID.
        named: whether the operator named it.
        state: ``here``, ``away``, ``distrusted`` or ``new``.
        problem: what went wrong last, or why it is not trusted.
        last_seen: Unix time.
        holds: batches and reports it says it holds.
        blocks_in: blocks that came from it.
        bytes_in: their bytes.
        challenges: by outcome, how often.
    """

    url: str
    kind: str
    peer_id: str
    named: bool
    state: str
    problem: str
    last_seen: float | None
    holds: int
    blocks_in: int
    bytes_in: int
    challenges: dict[str, int]


class BatchStatus(_Row):
    """Where a batch is.

    Attributes:
        batch_id: as contracts name it.
        manifest: its CID.
        records: how many it holds.
        held: whether it is whole here.
        copies: on how many nodes it is, this one included.
        anchored_at: Unix time.
    """

    batch_id: str
    manifest: str
    records: int
    held: bool
    copies: int
    anchored_at: int


class WantStatus(_Row):
    """What is missing here.

    Attributes:
        root: the CID of its root.
        kind: ``batch`` or ``report``.
        age_seconds: since it was first missed.
        attempts: tries so far.
        retry_seconds: until the next one.
        problem: why it is not here.
        refused: whether it is given up.
    """

    root: str
    kind: str
    age_seconds: float
    attempts: int
    retry_seconds: float
    problem: str
    refused: bool


class PeeringStatus(_Row):
    """How a node stands among its peers.

    Attributes:
        peer_id: of this node.
        url: where others reach it.
        ledger: which ledger it is of.
        peers: whom it knows.
        batches: where the latest batches are, newest first.
        at_risk: batches that are on one node or none.
        wants: what is missing here, the longest missed first.
        missing: how many DAGs that are.
        kept: DAGs that are whole here.
        blocks: in the store.
        bytes: that the store takes.
        storage_bytes: that it may take; 0: no limit.
        bytes_in: that came from peers.
        damaged: blocks that were found damaged here.
        mended: how many of them are whole again.
        scrubbed: blocks looked at in the latest round.
        scrub_finished: Unix time at which the latest whole round ended.
        indexed_block: how far the chain was followed.
        head_block: how far the chain is; None where nobody looked.
    """

    peer_id: str
    url: str | None
    ledger: str
    peers: tuple[PeerStatus, ...]
    batches: tuple[BatchStatus, ...]
    at_risk: int
    wants: tuple[WantStatus, ...]
    missing: int
    kept: int
    blocks: int
    bytes: int
    storage_bytes: int
    bytes_in: int
    damaged: int
    mended: int
    scrubbed: int
    scrub_finished: float | None
    indexed_block: int | None
    head_block: int | None


def status_of(
    peering: Peering, *, indexed_block: int | None, head_block: int | None = None
) -> PeeringStatus:
    """How a node stands now."""
    now = time.time()
    book, store = peering.book, peering.store
    rows = book.peers.all()
    tally = book.checks.tally()
    wants = book.wants.all()
    kept = book.kept.all()
    batches = _batches(peering, [*peering.dags.whole(), *peering.dags.missing()])
    damaged, mended = book.checks.damage()
    scrub = book.checks.scrub()
    return PeeringStatus(
        peer_id=peering.peer_id,
        url=peering.own_url(),
        ledger=peering.ledger,
        peers=tuple(_peer(row, now, tally.get(row.url, {})) for row in rows),
        batches=tuple(batches[:_SHOWN]),
        at_risk=sum(batch.copies <= 1 for batch in batches),
        wants=tuple(
            WantStatus(
                root=to_text(want.digest),
                kind=want.kind,
                age_seconds=round(now - want.since, 3),
                attempts=want.attempts,
                retry_seconds=round(max(want.next_try - now, 0), 3),
                problem=want.problem,
                refused=want.refused,
            )
            for want in wants[:_SHOWN]
        ),
        missing=len(wants),
        kept=len(kept),
        blocks=store.count(),
        bytes=store.size_bytes(),
        storage_bytes=peering.plan.budget.storage_bytes,
        bytes_in=sum(row.bytes_in for row in rows),
        damaged=damaged,
        mended=mended,
        scrubbed=scrub.checked if scrub else 0,
        scrub_finished=scrub.finished if scrub else None,
        indexed_block=indexed_block,
        head_block=head_block,
    )


def _batches(peering: Peering, dags: Sequence[AnchoredDAG]) -> list[BatchStatus]:
    batches = {dag.digest: dag for dag in dags if dag.kind == BATCH}
    kept = peering.book.kept.all()
    copies = peering.book.peers.copies(list(batches))
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


def _peer(row: PeerRow, now: float, challenges: dict[str, int]) -> PeerStatus:
    if row.distrusted:
        state = "distrusted"
    elif row.is_here(now) and not row.failures:
        state = "here"
    else:
        state = "new" if row.last_seen is None and not row.failures else "away"
    return PeerStatus(
        url=row.url,
        kind=row.kind,
        peer_id=row.peer_id,
        named=row.named,
        state=state,
        problem=row.distrusted or row.problem,
        last_seen=row.last_seen,
        holds=row.holds,
        blocks_in=row.blocks_in,
        bytes_in=row.bytes_in,
        challenges=challenges,
    )
