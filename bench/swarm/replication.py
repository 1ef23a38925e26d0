"""From anchored to verified and stored, on every peer."""

import itertools
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.network.regions import REGIONS
from bench.swarm.contention import ContentionMeter
from bench.swarm.cost import Cost
from bench.swarm.cost import CostMeter
from bench.swarm.figures import Distribution
from bench.swarm.probes import probe
from bench.swarm.swarm import Swarm

START_SECONDS = 180.0
ACQUAINTANCE_SECONDS = 120.0
BATCH_SECONDS = 120.0
IDLE_SECONDS = 10.0
PAUSE_SECONDS = 2.0

PEERSDB = {"least": 0.05, "mean": 0.133, "most": 0.20}
"""Seconds until a contribution's log entry had reached PeersDB's peers in six regions, without the
payload, as its authors published them."""

Progress = Callable[[str, int, int], None]
"""Told what is done, how much of it, and of how much."""


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        peers: besides the publisher's.
        losses: shares of packets lost, one after the other.
        near: whether the chain is near, one after the other, see `bench.swarm.swarm.between`.
        batches: how many, by records in each.
        seed: of everything random.
    """

    peers: int
    losses: tuple[float, ...]
    batches: dict[int, int]
    near: tuple[bool, ...] = (True, False)
    seed: int = 1

    @classmethod
    def of(cls, *, quick: bool, peers: int | None = None) -> "Plan":
        """The usual one, or one of about two minutes."""
        if quick:
            return cls(peers or 6, (0.0, 0.01), {1: 3, 1_000: 2})
        return cls(peers or 24, (0.0, 0.01), {1: 12, 1_000: 6})


@dataclass(frozen=True)
class Run:
    """Batches of one size under one loss.

    Attributes:
        loss: share of packets lost, each way.
        chain_is_near: whether each peer has an endpoint of the chain in its own region.
        records: in each batch.
        batches: how many.
        seconds: over all peers and batches.
        regions: by region.
        samples: seconds, by region, of every peer and batch.
        late: peers that had not got a batch after `BATCH_SECONDS`, over all batches.
        cost: what it took.
    """

    loss: float
    chain_is_near: bool
    records: int
    batches: int
    seconds: Distribution
    regions: dict[str, Distribution]
    samples: dict[str, list[float]]
    late: int
    cost: Cost


def measure(folder: Path, plan: Plan, progress: Progress, logs: Path) -> dict[str, Any]:
    """Start a swarm, and contribute to it."""
    with Swarm(folder, plan.peers, seed=plan.seed) as swarm:
        try:
            return _measure(swarm, folder, plan, progress)
        finally:
            swarm.save_logs(logs)


def _measure(swarm: Swarm, folder: Path, plan: Plan, progress: Progress) -> dict[str, Any]:
    meter = ContentionMeter()
    progress("start the peers", 0, 1)
    swarm.start([swarm.serving, *swarm.peers], START_SECONDS)
    progress("start the peers", 1, 1)
    least = min(plan.peers, 12)
    known = swarm.await_acquaintance(
        least, ACQUAINTANCE_SECONDS, lambda met: progress("make acquaintance", met, least)
    )
    progress("probe", 0, 1)
    probes = probe(swarm, folder)
    progress("probe", 1, 1)
    idle = CostMeter(swarm)
    idle.wait(IDLE_SECONDS)
    idled = idle.read()
    runs = []
    draw = Random(plan.seed)
    for near, loss in itertools.product(plan.near, plan.losses):
        swarm.set_conditions(loss, chain_is_near=near)
        for records, batches in plan.batches.items():
            settings = {"loss": loss, "chain_is_near": near, "records": records}
            runs.append(_run(swarm, settings, batches, progress, draw))
    return {
        "plan": asdict(plan),
        "known_peers_at_least": known,
        "probes": asdict(probes),
        "idle": asdict(idled),
        "runs": [asdict(run) for run in runs],
        "peersdb": PEERSDB,
        "network": asdict(swarm.network.report()),
        "contention": asdict(meter.read()),
    }


def _run(
    swarm: Swarm, settings: dict[str, Any], batches: int, progress: Progress, draw: Random
) -> Run:
    samples: dict[str, list[float]] = defaultdict(list)
    late = 0
    where = "near" if settings["chain_is_near"] else "far"
    records = int(settings["records"])
    what = f"{records:,} records, {settings['loss']:.0%} loss, chain {where}"
    meter = CostMeter(swarm)
    for number in range(batches):
        progress(what, number, batches)
        # All have just had the one before: the next must not come at a set moment of their rounds.
        time.sleep(draw.uniform(0, PAUSE_SECONDS))
        lacking, seconds = _one(swarm, records)
        late += lacking
        for region, each in seconds:
            samples[region].append(each)
    progress(what, batches, batches)
    everything = [each for values in samples.values() for each in values]
    return Run(
        **settings,
        batches=batches,
        seconds=Distribution.of(everything),
        regions={region: Distribution.of(samples[region]) for region in REGIONS if samples[region]},
        samples=dict(samples),
        late=late,
        cost=meter.read(),
    )


def _one(swarm: Swarm, records: int) -> tuple[int, list[tuple[str, float]]]:
    """One batch: how many peers did not get it, and when the others had it, by region."""
    anchored = swarm.publisher.anchor(records)
    names = [peer.name for peer in swarm.peers]
    lacking = swarm.watch.wait(names, [anchored.manifest], BATCH_SECONDS)
    for peer in swarm.peers:
        peer.require_running()
    had = [
        (peer.region, swarm.watch.peers[peer.name].complete[anchored.manifest] - anchored.at)
        for peer in swarm.peers
        if peer.name not in lacking
    ]
    return len(lacking), had
