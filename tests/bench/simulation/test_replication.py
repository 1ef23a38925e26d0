"""What holds of any simulated replication, and what can be computed without it."""

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from bench.network.regions import WITHIN_MS
from bench.simulation.outcome import Outcome
from bench.simulation.parameters import Parameters
from bench.simulation.replication import Replication
from tests.bench.simulation.nodes import TYPICAL
from tests.bench.simulation.nodes import WEIGHTLESS

networks = st.builds(
    Replication,
    st.just(TYPICAL),
    peers=st.integers(2, 120),
    records=st.integers(1, 2_000),
    seed=st.integers(0, 1_000),
)


@settings(max_examples=30)
@given(networks)
def test_every_peer_gets_the_batch(network: Replication):
    outcome = network.run()

    assert all(0 < seconds < float("inf") for seconds in outcome.seconds)


@settings(max_examples=30)
@given(networks)
def test_every_byte_sent_is_received(network: Replication):
    outcome = network.run()

    assert sum(outcome.sent) == sum(outcome.received)


@settings(max_examples=30)
@given(networks)
def test_no_peer_sends_faster_than_its_uplink(network: Replication):
    outcome = network.run()

    for sent, until in zip(outcome.sent, outcome.uplink_busy, strict=True):
        assert sent / TYPICAL.uplink_bytes_per_second <= until + 1e-9


@settings(max_examples=30)
@given(networks)
def test_each_late_peer_receives_the_batch_once(network: Replication):
    outcome = network.run()
    holders = len(outcome.sent) - len(outcome.seconds)

    size = TYPICAL.answer_bytes(network._records)
    for peer, received in enumerate(outcome.received):
        assert received // size >= (peer >= holders)
    served = outcome.asked - outcome.refused
    assert served == len(outcome.seconds)


@given(st.integers(2, 60), st.integers(0, 1_000))
@settings(max_examples=20)
def test_a_seed_decides_everything(peers: int, seed: int):
    def run() -> Outcome:
        return Replication(TYPICAL, peers, 10, seed=seed).run()

    assert run() == run()


def test_another_seed_is_another_run():
    one, other = (Replication(TYPICAL, 50, 10, seed=seed).run() for seed in (1, 2))

    assert one.seconds != other.seconds


@pytest.mark.parametrize("peers", [2, 7, 61, 601])
def test_one_publisher_that_nobody_helps_takes_as_long_as_its_uplink(peers: int):
    """All want it at once: the last byte is out after n answers at the uplink's rate."""
    rate = 100_000.0
    nodes = WEIGHTLESS.changed(sync_seconds=1e-9, uplink_bytes_per_second=rate)
    size = nodes.answer_bytes(10)

    outcome = Replication(nodes, peers, 10, sharing=False).run()

    sending = (peers - 1) * size / rate
    # The first request is there after half a round trip at least, the last answer half a round trip
    # after it was sent; where a connection is opened first, that is one more: 320 ms at most.
    assert sending + WITHIN_MS / 1_000 <= max(outcome.seconds) <= sending + 2 * 0.320
    assert outcome.sent[0] == (peers - 1) * size


def test_peers_that_serve_on_spare_the_publisher():
    nodes = WEIGHTLESS.changed(uplink_bytes_per_second=100_000.0)

    alone = Replication(nodes, 200, 100, sharing=False).run()
    shared = Replication(nodes, 200, 100).run()

    assert max(shared.seconds) < max(alone.seconds) / 4
    assert shared.sent[0] < alone.sent[0] / 4


def test_shared_cores_are_shared():
    """Two cores that do the work of a hundred peers are done no sooner than the work is."""
    busy = TYPICAL.changed(index_cpu_per_record=0.01, shared_cores=2)

    outcome = Replication(busy, 100, 50).run()

    assert max(outcome.seconds) >= 99 * 50 * 0.01 / 2


def test_twice_the_peers_are_not_twice_the_time():
    small = Replication(TYPICAL, 100, 10, seed=3).run()
    large = Replication(TYPICAL, 3_200, 10, seed=3).run()

    assert max(large.seconds) < 4 * max(small.seconds)


@pytest.mark.parametrize("change", [{"sync_seconds": 0}, {"fan_out": -1}, {"loss": -0.1}])
def test_nodes_that_cannot_be_are_refused(change: dict[str, float]):
    with pytest.raises(ValueError, match="no node is like this"):
        TYPICAL.changed(**change)


def test_on_half_the_cores_work_takes_twice_as_long():
    slowed = TYPICAL.slowed(0.5)

    assert slowed.index_cpu_per_record == 2 * TYPICAL.index_cpu_per_record
    assert slowed.request_cpu == 2 * TYPICAL.request_cpu
    assert slowed.sync_seconds == TYPICAL.sync_seconds
    with pytest.raises(ValueError, match="no share"):
        TYPICAL.slowed(1.0)


def test_somebody_has_to_have_the_batch():
    with pytest.raises(ValueError, match="somebody"):
        Replication(TYPICAL, 5, 1, holders=0)


def test_parameters_survive_their_file(tmp_path):
    import json
    from dataclasses import asdict

    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({"parameters": asdict(TYPICAL)}))

    assert Parameters.read(path) == TYPICAL
