"""How long an answer takes over TCP, apart from the rate of the sender's link."""

import math

SEGMENT_BYTES = 1_448
"""Of data in a packet of 1,500 bytes, with timestamps (RFC 7323)."""

INITIAL_WINDOW = 10
"""Segments sent before the first acknowledgement (RFC 6928)."""

LARGEST_WINDOW_BYTES = 3 << 20
"""What Linux lets a receiver's window grow to by itself: half of ``net.ipv4.tcp_rmem``'s 6 MiB."""

_CUBIC_C = 0.4
_CUBIC_FACTOR = 1.054
"""Constants of CUBIC's response function (RFC 9438, section 5.1)."""


def steady_rate(rtt: float, loss: float) -> float:
    """Bytes per second that a long transfer reaches.

    Args:
        rtt: round trip in seconds.
        loss: share of packets lost on the way of the data.
    """
    bounded = LARGEST_WINDOW_BYTES / rtt
    if not loss:
        return bounded
    reno = math.sqrt(1.5 / loss) / rtt
    cubic = _CUBIC_FACTOR * math.pow(_CUBIC_C / rtt, 0.25) / math.pow(loss, 0.75)
    return min(bounded, max(reno, cubic) * SEGMENT_BYTES)


def transfer_seconds(size: int, rtt: float, loss: float = 0.0) -> float:
    """From the sender's first byte to the receiver's last, on a link of any rate.

    Slow start until the steady rate is reached, then that rate; a loss in a short answer costs one
    more round trip, with the probability that there is one.
    """
    if size <= 0:
        return rtt / 2
    rate = steady_rate(rtt, loss)
    window = INITIAL_WINDOW * SEGMENT_BYTES
    left, elapsed = size, 0.0
    while left > window and window < rate * rtt:
        left -= window
        window *= 2
        elapsed += rtt
    elapsed += left / rate if left > window else 0.0
    segments = min(math.ceil(size / SEGMENT_BYTES), 100)
    return elapsed + rtt / 2 + rtt * (1 - (1 - loss) ** segments)
