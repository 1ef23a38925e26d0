"""Transfer times, by hand where that is possible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.simulation.tcp import INITIAL_WINDOW
from bench.simulation.tcp import LARGEST_WINDOW_BYTES
from bench.simulation.tcp import SEGMENT_BYTES
from bench.simulation.tcp import transfer_seconds

WINDOW = INITIAL_WINDOW * SEGMENT_BYTES


@pytest.mark.parametrize(("windows", "rounds"), [(1, 0), (3, 1), (7, 2), (15, 3)])
def test_slow_start_doubles_with_each_round_trip(windows: int, rounds: int):
    seconds = transfer_seconds(windows * WINDOW, 0.1)

    assert seconds == pytest.approx(rounds * 0.1 + 0.05)


def test_a_long_transfer_is_bounded_by_the_receivers_window():
    size = 400 * LARGEST_WINDOW_BYTES

    assert transfer_seconds(size, 0.1) == pytest.approx(
        size / (LARGEST_WINDOW_BYTES / 0.1), rel=0.1
    )


@given(st.integers(0, 10**8), st.floats(0.001, 0.4), st.floats(0, 0.05))
def test_more_loss_more_bytes_and_more_distance_are_never_faster(
    size: int, rtt: float, loss: float
):
    seconds = transfer_seconds(size, rtt, loss)

    assert seconds >= rtt / 2
    assert transfer_seconds(size + 10**6, rtt, loss) >= seconds
    assert transfer_seconds(size, rtt, min(loss * 2, 1)) >= seconds * 0.999
    assert transfer_seconds(size, rtt * 1.5, loss) >= seconds
