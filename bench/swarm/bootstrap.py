"""Peers join one after another: how long each takes to have everything, and what it takes."""

import time
from collections.abc import Callable
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.swarm.contention import ContentionMeter
from bench.swarm.figures import Distribution
from bench.swarm.figures import Trend
from bench.swarm.swarm import Swarm

START_SECONDS = 180.0
JOIN_SECONDS = 600.0
IDLE_SECONDS = 10.0
MOST_RECORDS_PER_BATCH = 5_000
BATCHES_AT_LEAST = 10

GOAL_SECONDS = 10.0
GOAL_RECORDS = 10_000

PEERSDB = {"least": 42.0, "median": 92.0, "most": 368.0, "memory_mb": 288, "cpu_percent": 66}
"""What a new peer of PeersDB took among up to 55, as its authors published it."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Joined:
    """One peer that joined.

    Attributes:
        present: peers that were there before it, the publisher's included.
        region: where it is.
        seconds: from the start of its process until its index had every batch complete; None: not
            within `JOIN_SECONDS`.
        cpu_seconds: of its process until then.
        peak_rss: of its process until then, in bytes.
        rss: of its process then.
        machine_busy: share of the machine's cores that was in use meanwhile, by everything.
        others_cpu: processor seconds of all other peers meanwhile.
    """

    present: int
    region: str
    seconds: float | None
    cpu_seconds: float
    peak_rss: int
    rss: int
    machine_busy: float
    others_cpu: float


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        records: on the ledger.
        joins: peers that join.
        budget_seconds: after this long nobody joins any more.
        seed: of everything random.
    """

    records: int
    joins: int
    budget_seconds: float
    seed: int = 2


def measure(folder: Path, plan: Plan, progress: Progress, logs: Path) -> dict[str, Any]:
    """Anchor the records, then let peers join, as many as the time allows."""
    with Swarm(folder, plan.joins, seed=plan.seed) as swarm:
        try:
            return _measure(swarm, plan, progress)
        finally:
            swarm.save_logs(logs)


def _measure(swarm: Swarm, plan: Plan, progress: Progress) -> dict[str, Any]:
    records = plan.records
    meter = ContentionMeter()
    per_batch = max(1, min(MOST_RECORDS_PER_BATCH, records // BATCHES_AT_LEAST))
    swarm.start([swarm.serving], START_SECONDS)
    manifests = []
    for done in range(0, records, per_batch):
        progress("anchor", done, records)
        manifests.append(swarm.publisher.anchor(min(per_batch, records - done)).manifest)
    progress("anchor", records, records)
    swarm.watch.wait([swarm.serving.name], manifests, JOIN_SECONDS)
    deadline = time.monotonic() + plan.budget_seconds
    joined: list[Joined] = []
    for number, peer in enumerate(swarm.peers):
        progress("join", number, len(swarm.peers))
        if time.monotonic() > deadline:
            break
        joined.append(_join(swarm, number, manifests))
        peer.require_running()
    progress("join", len(joined), len(swarm.peers))
    return _summary(joined) | {
        "records": records,
        "records_per_batch": per_batch,
        "asked_joins": len(swarm.peers),
        "idle_cpu_per_peer": _idle(swarm, len(joined)),
        "network": asdict(swarm.network.report()),
        "contention": asdict(meter.read()),
    }


def _join(swarm: Swarm, number: int, manifests: list[str]) -> Joined:
    peer = swarm.peers[number]
    before = [swarm.serving, *swarm.peers[:number]]
    cpu_before = sum(each.usage().cpu_seconds for each in before)
    meter = ContentionMeter()
    began = time.monotonic()
    peer.start()
    lacking = swarm.watch.wait([peer.name], manifests, JOIN_SECONDS)
    complete = swarm.watch.peers[peer.name].complete
    usage = peer.usage()
    return Joined(
        present=len(before),
        region=peer.region,
        seconds=None if lacking else max(complete[each] for each in manifests) - began,
        cpu_seconds=usage.cpu_seconds,
        peak_rss=usage.peak_rss,
        rss=usage.rss,
        machine_busy=meter.read().busy,
        others_cpu=sum(each.usage().cpu_seconds for each in before) - cpu_before,
    )


def _idle(swarm: Swarm, joined: int) -> float:
    """Processor seconds per second and peer, while nothing happens."""
    peers = [swarm.serving, *swarm.peers[:joined]]
    before = sum(peer.usage().cpu_seconds for peer in peers)
    began = time.monotonic()
    time.sleep(IDLE_SECONDS)
    took = sum(peer.usage().cpu_seconds for peer in peers) - before
    return took / (time.monotonic() - began) / len(peers)


def _summary(joined: list[Joined]) -> dict[str, Any]:
    done = [each for each in joined if each.seconds is not None]
    seconds = [each.seconds for each in done if each.seconds is not None]
    return {
        "joined": [asdict(each) for each in joined],
        "never": len(joined) - len(done),
        "seconds": asdict(Distribution.of(seconds)) if seconds else None,
        "trend_per_peer": _trend(done, seconds),
        "cpu_trend_per_peer": _trend(done, [each.cpu_seconds for each in done]),
        "cpu_seconds": asdict(Distribution.of([each.cpu_seconds for each in joined])),
        "peak_rss": asdict(Distribution.of([float(each.peak_rss) for each in joined])),
        "peersdb": PEERSDB,
    }


def _trend(joined: list[Joined], values: list[float]) -> dict[str, float] | None:
    """By how much a value grows with each peer that is there; None where too few joined to tell."""
    regions = [each.region for each in joined]
    try:
        return asdict(Trend.within(regions, [float(each.present) for each in joined], values))
    except ValueError:
        return None
