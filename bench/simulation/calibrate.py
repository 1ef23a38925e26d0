"""From measurements of real peers to what the simulation takes them for, and how wrong that is."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.simulation.parameters import Parameters
from bench.simulation.replication import Replication
from bench.swarm.figures import Distribution
from bench.swarm.probes import LARGE_RECORDS
from bench.swarm.swarm import HOME_REGION
from ledger.peers.book.pauses import RETRY_SECONDS
from ledger.peers.gossip import FAN_OUT
from ledger.settings import Settings

ASKED = 12
KNOWN_PEERS = 512
OPEN_CONNECTIONS = 32
"""As `ledger/peers` has them: sources of one attempt, peers in the book, peers that are visited."""

UNLIMITED = 1e9
"""Bytes per second: the emulated hosts have no limit of their own."""

REPEATS = 20


@dataclass(frozen=True)
class Compared:
    """One measured run, and the same simulated.

    Attributes:
        peers: besides the publisher's.
        chain_is_near: whether each peer has an endpoint of the chain in its region.
        loss: share of packets lost.
        records: in a batch.
        measured: seconds, as they were measured.
        simulated: the same, over `REPEATS` simulated batches.
        median_error: of the simulated median, as a share of the measured one.
        p95_error: of the simulated 95th percentile, as a share of the measured one.
    """

    peers: int
    chain_is_near: bool
    loss: float
    records: int
    measured: Distribution
    simulated: Distribution
    median_error: float
    p95_error: float


def parameters_of(result: Mapping[str, Any], joins: Sequence[tuple[int, float]]) -> Parameters:
    """What nodes are like, from one result of ``bench.peers replication``.

    Args:
        result: with the chain near and no loss among its runs, for 1 and `LARGE_RECORDS` records.
        joins: of peers that joined, records of the ledger and processor seconds that they took;
            the least that is not for the records is what a start takes.

    Raises:
        ValueError: a run that is needed is not in it.
    """
    probes = result["probes"]
    sync = float(Settings.model_fields["sync_seconds"].default)
    idle = _idle_cpu(result)
    one, large = (_cpu_per_copy(result, records) for records in (1, LARGE_RECORDS))
    step = LARGE_RECORDS - 1
    per_record = max(0.0, (large - one) / step)
    serve = max(0.0, (probes["serve_large_cpu"] - probes["serve_small_cpu"]) / step)
    record_bytes = (probes["large_bytes"] - probes["small_bytes"]) / step
    # Each copy of a batch is one request for it, and as many announcements as its holder makes.
    rest = max(0.0, one - per_record - (1 + FAN_OUT) * probes["request_cpu"])
    taken = max(0.0, per_record - serve)
    return Parameters(
        sync_seconds=sync,
        chain_trips=probes["notice_trips"],
        look_trips=probes["look_trips"],
        notice_cpu=rest / 2,
        round_cpu=idle * sync,
        fan_out=FAN_OUT,
        asked=ASKED,
        known_peers=KNOWN_PEERS,
        open_connections=OPEN_CONNECTIONS,
        retry_seconds=RETRY_SECONDS,
        request_cpu=probes["request_cpu"],
        serve_cpu_per_record=serve,
        fetch_cpu=rest / 2,
        fetch_cpu_per_record=taken / 2,
        index_cpu_per_record=taken / 2,
        batch_bytes=round(probes["small_bytes"] - record_bytes),
        record_bytes=round(record_bytes),
        message_bytes=probes["message_bytes"],
        uplink_bytes_per_second=UNLIMITED,
        loss=0.0,
        boot_seconds=max(0.0, min((cpu - records * taken for records, cpu in joins), default=0.0)),
        shared_cores=int(result["machine"]["cores"]),
    )


def compare(parameters: Parameters, result: Mapping[str, Any]) -> list[Compared]:
    """Simulate every run of a result on the machine that it was measured on."""
    return [_compared(parameters, result, run) for run in result["runs"]]


def error_of(compared: Sequence[Compared]) -> dict[str, float]:
    """Over all runs: the typical and the worst error of medians and 95th percentiles."""
    medians = [abs(each.median_error) for each in compared]
    p95s = [abs(each.p95_error) for each in compared]
    return {
        "median_typical": median(medians),
        "median_worst": max(medians),
        "p95_typical": median(p95s),
        "p95_worst": max(p95s),
    }


def _compared(
    parameters: Parameters, result: Mapping[str, Any], run: Mapping[str, Any]
) -> Compared:
    peers = int(result["plan"]["peers"])
    # Work of others on the machine slows the measured peers down, and so the simulated ones.
    others = run["cost"].get("taken_by_others", 0.0)
    nodes = parameters.changed(loss=run["loss"]).slowed(others)
    seconds = [
        each
        for seed in range(REPEATS)
        for each in Replication(
            nodes,
            peers + 1,
            run["records"],
            seed=seed,
            chain_region=None if run["chain_is_near"] else HOME_REGION,
        )
        .run()
        .seconds
    ]
    measured, simulated = Distribution(**run["seconds"]), Distribution.of(seconds)
    return Compared(
        peers=peers,
        chain_is_near=run["chain_is_near"],
        loss=run["loss"],
        records=run["records"],
        measured=measured,
        simulated=simulated,
        median_error=simulated.median / measured.median - 1,
        p95_error=simulated.p95 / measured.p95 - 1,
    )


def _idle_cpu(result: Mapping[str, Any]) -> float:
    """Processor seconds per second of a peer that has nothing to do."""
    idle = result["idle"]
    return float(idle["peers_cpu"] / idle["seconds"] / result["plan"]["peers"])


def _cpu_per_copy(result: Mapping[str, Any], records: int) -> float:
    """Processor seconds of everybody for each copy of a batch, without what idling takes."""
    for run in result["runs"]:
        if run["records"] == records and run["chain_is_near"] and not run["loss"]:
            peers, cost = int(result["plan"]["peers"]), run["cost"]
            idle = _idle_cpu(result) * cost["seconds"] * (peers + 1)
            busy = cost["peers_cpu"] + cost["publisher_cpu"] - idle
            return max(0.0, float(busy / (peers * run["batches"])))
    raise ValueError(f"no run without loss of {records} records, with the chain near")
