"""What is simulated beyond what was measured."""

import time
from collections.abc import Callable
from dataclasses import asdict
from dataclasses import dataclass
from typing import Any

from bench.simulation.availability import DAY
from bench.simulation.availability import HOUR
from bench.simulation.availability import Availability
from bench.simulation.availability import Churn
from bench.simulation.outcome import Outcome
from bench.simulation.parameters import Parameters
from bench.simulation.replication import Replication
from bench.swarm.figures import Distribution
from ledger.peers.book.peers import RECENT_SECONDS

SIZES = (100, 1_000, 10_000, 100_000)
RECORDS = (1, 1_000)
UPLINK_BYTES_PER_SECOND = 12_500_000
"""100 Mbit/s: of a small server or a good line."""

CROWDS = (1, 10, 100, 1_000, 10_000)
CROWD_HOLDERS = 50
CROWD_RECORDS = 10_000

UPTIMES = (0.5, 2 / 3, 0.8, 0.9, 0.95, 0.99)
COPIES = (1, 2, 3, 4, 5, 6)
CYCLE_SECONDS = 12 * HOUR
LIFE_SECONDS = 90 * DAY
WATCHED_SECONDS = 30 * DAY
WATCHED_BATCHES = 300

CURVE_POINTS = 101

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Spread:
    """One batch through so many peers.

    Attributes:
        peers: that get it.
        records: in it.
        sharing: whether they serve it on.
        seconds: until each has it.
        curve: the same as a hundred quantiles, for a plot.
        sent: bytes that each peer sends.
        received: bytes that each receives.
        publisher_sent: bytes that the publisher sends.
        refused: requests to peers that had it not, per peer.
        events: that were simulated.
        cpu_seconds: that it took here.
    """

    peers: int
    records: int
    sharing: bool
    seconds: Distribution
    curve: list[float]
    sent: Distribution
    received: Distribution
    publisher_sent: int
    refused: float
    events: int
    cpu_seconds: float


def spread(parameters: Parameters, peers: int, records: int, *, sharing: bool = True) -> Spread:
    """Simulate one batch."""
    began = time.process_time()
    outcome = Replication(parameters, peers + 1, records, seed=peers, sharing=sharing).run()
    return Spread(
        peers=peers,
        records=records,
        sharing=sharing,
        seconds=Distribution.of(outcome.seconds),
        curve=_curve(outcome),
        sent=Distribution.of([float(each) for each in outcome.sent[1:]]),
        received=Distribution.of([float(each) for each in outcome.received[1:]]),
        publisher_sent=outcome.sent[0],
        refused=outcome.refused / peers,
        events=outcome.events,
        cpu_seconds=time.process_time() - began,
    )


def study(measured: Parameters, most_peers: int, progress: Progress) -> dict[str, Any]:
    """Everything: replication by size, crowds that join, availability under churn.

    Args:
        measured: of nodes that share a machine; here each has its own, and an uplink.
        most_peers: sizes beyond this are left out.
        progress: told what is done.
    """
    nodes = measured.changed(shared_cores=None, uplink_bytes_per_second=UPLINK_BYTES_PER_SECOND)
    return {
        "parameters": asdict(nodes),
        "replication": _replication(nodes, most_peers, progress),
        "crowds": _crowds(nodes, min(most_peers, CROWDS[-1]), progress),
        "availability": _availability(progress),
    }


def _replication(nodes: Parameters, most: int, progress: Progress) -> list[dict[str, Any]]:
    sizes = [size for size in SIZES if size <= most]
    cases = [(size, records, True) for records in RECORDS for size in sizes]
    cases += [(size, RECORDS[-1], False) for size in sizes]
    found = []
    for number, (size, records, sharing) in enumerate(cases):
        progress("replication", number, len(cases))
        found.append(asdict(spread(nodes, size, records, sharing=sharing)))
    progress("replication", len(cases), len(cases))
    return found


def _crowds(nodes: Parameters, most: int, progress: Progress) -> list[dict[str, Any]]:
    crowds = [crowd for crowd in CROWDS if crowd <= most]
    found = []
    for number, crowd in enumerate(crowds):
        progress("crowds", number, len(crowds))
        network = Replication(
            nodes, CROWD_HOLDERS + crowd, CROWD_RECORDS, seed=crowd, holders=CROWD_HOLDERS
        )
        seconds = [nodes.boot_seconds + each for each in network.run().seconds]
        found.append({"joining": crowd, "seconds": asdict(Distribution.of(seconds))})
    progress("crowds", len(crowds), len(crowds))
    return found


def _availability(progress: Progress) -> list[dict[str, Any]]:
    cases = [
        (uptime, copies, repair)
        for repair in (None, RECENT_SECONDS)
        for uptime in UPTIMES
        for copies in COPIES
    ]
    found = []
    for number, (uptime, copies, repair) in enumerate(cases):
        progress("availability", number, len(cases))
        churn = Churn(CYCLE_SECONDS * uptime, CYCLE_SECONDS * (1 - uptime), LIFE_SECONDS)
        watched = Availability(churn, copies, WATCHED_BATCHES, number, repair_seconds=repair)
        found.append(
            {
                "uptime": uptime,
                "copies": copies,
                "repair_seconds": repair,
                **asdict(watched.run(WATCHED_SECONDS)),
            }
        )
    progress("availability", len(cases), len(cases))
    return found


def _curve(outcome: Outcome) -> list[float]:
    """Quantiles from the first peer to the last."""
    ordered = sorted(outcome.seconds)
    last = len(ordered) - 1
    places = [round(last * number / (CURVE_POINTS - 1)) for number in range(CURVE_POINTS)]
    return [ordered[place] for place in places]
