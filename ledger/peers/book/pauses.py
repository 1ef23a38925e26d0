"""How long to leave alone what failed."""

RETRY_SECONDS = 0.5
SLOWEST_RETRY_SECONDS = 300.0
"""Pauses between tries double from the first to the second."""


def pause_after(failures: int) -> float:
    """Seconds to wait after so many failures before this one."""
    return min(RETRY_SECONDS * 2.0 ** min(failures, 30), SLOWEST_RETRY_SECONDS)
