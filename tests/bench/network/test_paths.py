"""The arithmetic of paths: what holds whatever the packets."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.network.paths import Conditions
from bench.network.paths import Path
from bench.network.paths import Uplink
from bench.network.regions import REGIONS
from bench.network.regions import matrix
from bench.network.regions import round_trip_ms

seconds = st.floats(0, 1, allow_nan=False)
times = st.lists(st.floats(0, 1_000, allow_nan=False), min_size=1, max_size=50).map(sorted)


@given(delay=seconds, sent=times)
def test_a_packet_arrives_after_the_delay(delay: float, sent: list[float]):
    path = Path(Conditions(delay), Random(1))

    assert [path.due(each) for each in sent] == [each + delay for each in sent]


@given(delay=seconds, jitter=seconds, sent=times)
def test_jitter_delays_by_no_more_than_it_is_and_keeps_the_order(
    delay: float, jitter: float, sent: list[float]
):
    path = Path(Conditions(delay, jitter), Random(1))

    due = [path.due(each) for each in sent]

    assert due == sorted(due)
    # A packet may be held up by the one before it, but that one was sent earlier.
    for began, ended in zip(sent, due, strict=True):
        assert began + delay <= ended <= began + delay + jitter + 1e-9


@pytest.mark.parametrize("loss", [0.0, 0.01, 0.2, 1.0])
def test_the_share_that_is_lost_is_the_one_asked_for(loss: float):
    path = Path(Conditions(0.1, loss=loss), Random(7))
    packets = 50_000

    lost = sum(path.due(0.0) is None for _ in range(packets))

    assert abs(lost / packets - loss) <= 4 * math.sqrt(loss * (1 - loss) / packets)


@given(
    rate=st.floats(1_000, 1e7),
    packets=st.lists(
        st.tuples(st.floats(0, 0.2, allow_nan=False), st.integers(40, 1_500)),
        min_size=1,
        max_size=60,
    ),
)
def test_a_host_never_sends_faster_than_it_may(rate: float, packets: list[tuple[float, int]]):
    uplink = Uplink(rate, buffer_seconds=0.25)
    now = 0.0
    out: list[tuple[float, float, int]] = []
    for pause, size in packets:
        now += pause
        ended = uplink.sent(now, size)
        if ended is not None:
            out.append((now, ended, size))

    for index, (began, _, _) in enumerate(out):
        total = 0
        for _, ended, size in out[index:]:
            total += size
            assert total <= rate * (ended - began) * (1 + 1e-9) + 1e-6


def test_what_would_wait_longer_than_the_buffer_is_dropped():
    uplink = Uplink(1_000, buffer_seconds=1.0)

    assert uplink.sent(0.0, 1_000) == 1.0
    assert uplink.sent(0.0, 500) == 1.5
    assert uplink.sent(0.0, 500) is None
    assert uplink.sent(0.5, 500) == 2.0


@pytest.mark.parametrize("wrong", [{"delay_seconds": -1}, {"delay_seconds": 0, "loss": 1.1}])
def test_conditions_that_cannot_be_are_refused(wrong: dict[str, float]):
    with pytest.raises(ValueError, match="no path is like"):
        Conditions(**wrong)


def test_six_regions_are_from_one_to_320_milliseconds_apart():
    trips = {round_trip_ms(one, other) for one in REGIONS for other in REGIONS}

    assert len(REGIONS) == 6
    assert min(trips) == 1.0
    assert max(trips) == 320.0
    assert len(matrix()) == 36
    assert all(round_trip_ms(a, b) == round_trip_ms(b, a) for a in REGIONS for b in REGIONS)
