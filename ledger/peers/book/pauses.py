"""How long to leave alone what failed."""

RETRY_SECONDS = 0.5
SLOWEST_RETRY_SECONDS = 300.0
"""Pauses between tries double from the first to the second."""


def is_over(next_try: float, now: float) -> bool:
    """Whether a pause has ended. One that ends beyond the longest was begun under a wrong clock."""
    return not now < next_try <= now + SLOWEST_RETRY_SECONDS


def pause_after(failures: int) -> float:
    """Seconds to wait after so many failures before this one."""
    return min(RETRY_SECONDS * 2.0 ** min(failures, 30), SLOWEST_RETRY_SECONDS)
