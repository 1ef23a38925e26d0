"""How long an answer takes over TCP, apart from the rate of the sender's link.

The window is followed round trip by round trip, as its expectation: what one packet's fate makes of
it is averaged, so that the time is that of a typical transfer.
"""

import math

SEGMENT_BYTES = 1_448
"""Of data in a packet of 1,500 bytes, with timestamps (RFC 7323)."""

INITIAL_WINDOW = 10
"""Segments sent before the first acknowledgement (RFC 6928)."""

LARGEST_WINDOW_BYTES = 3 << 20
"""What Linux lets a receiver's window grow to by itself: half of ``net.ipv4.tcp_rmem``'s 6 MiB."""

_LARGEST_WINDOW = LARGEST_WINDOW_BYTES / SEGMENT_BYTES

_LEFT = 0.5
"""What a loss leaves of the window."""

_MOST_ROUNDS = 10_000
"""After these the window is as good as steady."""


def transfer_seconds(size: int, rtt: float, loss: float = 0.0) -> float:
    """From the sender's first byte to the receiver's last, on a link of any rate.

    Reno (RFC 5681), which the emulated hosts use: slow start doubles the window each round trip
    until something is lost; from then on it grows by a segment, and a loss halves it. One that
    concerns the end of an answer costs a further round trip.

    Args:
        size: bytes.
        rtt: round trip in seconds.
        loss: share of packets lost on the way of the data.
    """
    left = float(math.ceil(size / SEGMENT_BYTES))
    if left <= 0:
        return rtt / 2
    window, unharmed = float(INITIAL_WINDOW), 1.0
    rounds = 0.0
    while left > window and rounds < _MOST_ROUNDS:
        left -= window
        rounds += 1
        harmed = 1 - math.pow(1 - loss, window)
        grown = window * 2 if unharmed > 0.5 else window + 1
        unharmed *= 1 - harmed
        window = (1 - harmed) * grown + harmed * max(_LEFT * window, 2)
        window = min(window, _LARGEST_WINDOW)
    if left > window:
        rounds += left / window - 1
        left = window
    last = 1 - math.pow(1 - loss, left)
    return rtt * (rounds + last + 0.5)
