"""Measurements become parameters, and are compared with what those give."""

from dataclasses import asdict
from typing import Any

import pytest

from bench.simulation import calibrate
from bench.simulation.calibrate import compare
from bench.simulation.calibrate import error_of
from bench.simulation.calibrate import parameters_of
from bench.simulation.parameters import Parameters
from bench.simulation.replication import Replication
from bench.swarm.figures import Distribution
from ledger.peers import finding
from ledger.peers import visiting
from ledger.peers.book import peers as book

PEERS = 12
BATCHES = 10
IDLE = 0.01
COST_OF_ONE, COST_PER_RECORD = 0.05, 0.0002
TAKEN = COST_PER_RECORD - 0.00005
"""Of it, what a record costs whoever gets it; the rest is that of who sends it."""


def cost(records: int, seconds: float = 20.0) -> dict[str, float]:
    each = COST_OF_ONE + (records - 1) * COST_PER_RECORD
    return {
        "seconds": seconds,
        "peers_cpu": PEERS * BATCHES * each + PEERS * IDLE * seconds,
        "publisher_cpu": IDLE * seconds,
    }


def result(seconds: dict[int, list[float]] | None = None) -> dict[str, Any]:
    """As `bench.peers replication` leaves it, of nodes whose costs are known."""
    runs = [
        {
            "loss": 0.0,
            "chain_is_near": True,
            "records": records,
            "batches": BATCHES,
            "cost": cost(records),
            "seconds": asdict(Distribution.of((seconds or {}).get(records, [1.0]))),
        }
        for records in (1, 1_000)
    ]
    return {
        "machine": {"cores": 2},
        "plan": {"peers": PEERS},
        "idle": {"seconds": 10.0, "peers_cpu": PEERS * IDLE * 10},
        "probes": {
            "request_cpu": 0.001,
            "serve_small_cpu": 0.002,
            "serve_large_cpu": 0.002 + 999 * 0.00005,
            "small_bytes": 1_500,
            "large_bytes": 1_500 + 999 * 600,
            "message_bytes": 500,
            "look_trips": 1.0,
            "notice_trips": 2.0,
        },
        "runs": runs,
    }


def total_cpu(nodes: Parameters, records: int) -> float:
    """Of everybody, for one copy of a batch."""
    per_record = (
        nodes.serve_cpu_per_record + nodes.fetch_cpu_per_record + nodes.index_cpu_per_record
    )
    requests = (1 + nodes.fan_out) * nodes.request_cpu
    return nodes.notice_cpu + nodes.fetch_cpu + requests + records * per_record


def test_the_costs_that_were_measured_are_those_of_the_simulated_nodes():
    nodes = parameters_of(result(), joins=[(0, 2.5), (1_000, 2.0 + 1_000 * TAKEN)])

    assert total_cpu(nodes, 1) == pytest.approx(COST_OF_ONE)
    assert total_cpu(nodes, 1_000) == pytest.approx(COST_OF_ONE + 999 * COST_PER_RECORD)
    assert nodes.serve_cpu_per_record == pytest.approx(0.00005)
    assert nodes.answer_bytes(1) == 1_500
    assert nodes.answer_bytes(1_000) == 1_500 + 999 * 600
    assert nodes.round_cpu == pytest.approx(IDLE)
    assert (nodes.chain_trips, nodes.look_trips) == (2.0, 1.0)
    assert nodes.boot_seconds == pytest.approx(2.0)
    assert nodes.shared_cores == 2


def test_what_was_simulated_is_simulated_without_error():
    nodes = parameters_of(result(), joins=[])
    seconds = {
        records: [
            each
            for seed in range(calibrate.REPEATS)
            for each in Replication(nodes, PEERS + 1, records, seed=seed).run().seconds
        ]
        for records in (1, 1_000)
    }

    compared = compare(nodes, result(seconds))

    assert [each.records for each in compared] == [1, 1_000]
    assert max(error_of(compared).values()) == pytest.approx(0)


def test_an_error_is_a_share_of_what_was_measured():
    nodes = parameters_of(result(), joins=[])
    (one, _) = compare(nodes, result())

    assert one.median_error == pytest.approx(one.simulated.median / 1.0 - 1)


def test_without_the_run_that_is_needed_there_are_no_parameters():
    lacking = result()
    lacking["runs"] = lacking["runs"][:1]

    with pytest.raises(ValueError, match="no run without loss of 1000 records"):
        parameters_of(lacking, joins=[])


def test_the_nodes_habits_are_those_of_the_code():
    assert calibrate.ASKED == finding._ASKED
    assert calibrate.KNOWN_PEERS == book._MOST_PEERS
    assert calibrate.OPEN_CONNECTIONS == visiting._ACTIVE
