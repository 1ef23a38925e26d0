"""Gathers how a node stands among its peers."""

import time
from collections.abc import Sequence
from dataclasses import asdict

from ledger.peers.book import PeerRow
from ledger.peers.book import Want
from ledger.peers.book.checks import Challenge
from ledger.peers.book.peers import ITSELF
from ledger.peers.book.peers import PEER
from ledger.peers.book.traffic import EVERYBODY
from ledger.peers.book.traffic import Flow
from ledger.peers.peering import Peering
from ledger.peers.replication import BatchStatus
from ledger.peers.replication import batches_of
from ledger.peers.replication import counted
from ledger.peers.views import FailedChallenge
from ledger.peers.views import PeeringStatus
from ledger.peers.views import PeersInBrief
from ledger.peers.views import PeerStatus
from ledger.peers.views import Standing
from ledger.peers.views import TrafficStatus
from ledger.peers.views import WantStatus
from ledger.record.cid import to_text

_SHOWN = 1_000
"""Batches and wants that are listed; all are counted."""

_FAILURES_SHOWN = 20


def status_of(
    peering: Peering, *, indexed_block: int | None, head_block: int | None = None
) -> PeeringStatus:
    """How a node stands now, and where its latest batches are."""
    batches = batches_of(peering)
    standing = standing_of(
        peering, batches, indexed_block=indexed_block, head_block=head_block, wants=_SHOWN
    )
    return PeeringStatus(**dict(standing), batches=tuple(batches[:_SHOWN]))


def brief_of(peering: Peering) -> PeersInBrief:
    """How a node stands now, in short."""
    now = time.time()
    peers = [row for row in peering.book.peers.all() if row.distrusted != ITSELF]
    nodes = [row for row in peers if row.kind == PEER]
    return PeersInBrief(
        known=len(nodes),
        answering=sum(row.is_here(now) and not row.failures for row in nodes),
        distrusted={row.url: row.distrusted for row in peers if row.distrusted},
        missing=len(peering.book.wants.all()),
    )


def standing_of(
    peering: Peering,
    batches: Sequence[BatchStatus],
    *,
    indexed_block: int | None,
    head_block: int | None,
    wants: int,
) -> Standing:
    """How a node stands now.

    Args:
        peering: the node among its peers.
        batches: all of them.
        indexed_block: how far the chain was followed.
        head_block: how far it is, if that is known.
        wants: how many of the DAGs that are missing are listed.
    """
    now = time.time()
    book, store = peering.book, peering.store
    holds = book.holdings.counts()
    tally, flows = book.checks.tally(), peering.traffic.flows()
    peers = tuple(
        _peer(row, now, holds.get(row.url, 0), tally.get(row.url, {}), flows.get(row.url, Flow()))
        for row in book.peers.all()
        if row.distrusted != ITSELF
    )
    missing = book.wants.all()
    damaged, mended = book.checks.damage()
    scrub = book.checks.scrub()
    return Standing(
        at=now,
        peer_id=peering.peer_id,
        url=peering.own_url(),
        ledger=peering.ledger,
        peers=peers,
        answering=sum(peer.kind == PEER and peer.state == "here" for peer in peers),
        batch_count=len(batches),
        at_risk=sum(batch.is_at_risk for batch in batches),
        by_copies=counted(batches),
        wants=tuple(_want(want, now) for want in missing[:wants]),
        missing=len(missing),
        kept=len(book.kept.all()),
        blocks=store.count(),
        bytes=store.size_bytes(),
        storage_bytes=peering.plan.budget.storage_bytes,
        bytes_in=sum(peer.bytes_in for peer in peers),
        traffic=_traffic(flows.get(EVERYBODY, Flow())),
        damaged=damaged,
        mended=mended,
        scrubbed=scrub.checked if scrub else 0,
        scrub_finished=scrub.finished if scrub else None,
        failures=tuple(map(_failure, book.checks.failures(_FAILURES_SHOWN))),
        indexed_block=indexed_block,
        head_block=head_block,
    )


def _peer(
    row: PeerRow, now: float, holds: int, challenges: dict[str, int], flow: Flow
) -> PeerStatus:
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
        holds=holds,
        blocks_in=row.blocks_in,
        bytes_in=row.bytes_in,
        traffic=_traffic(flow),
        challenges=challenges,
    )


def _traffic(flow: Flow) -> TrafficStatus:
    return TrafficStatus(**asdict(flow))


def _want(want: Want, now: float) -> WantStatus:
    return WantStatus(
        root=to_text(want.digest),
        kind=want.kind,
        age_seconds=round(now - want.since, 3),
        attempts=want.attempts,
        retry_seconds=round(max(want.next_try - now, 0), 3),
        problem=want.problem,
        refused=bool(want.refused),
    )


def _failure(challenge: Challenge) -> FailedChallenge:
    return FailedChallenge(
        at=challenge.at,
        peer=challenge.peer,
        block=to_text(challenge.block),
        outcome=challenge.outcome,
        problem=challenge.problem,
    )
