"""How much a run counts by its record's status on the ledger."""

from collections.abc import Mapping
from types import MappingProxyType

from ledger.index.views import LedgerStatus

WEIGHTS: Mapping[LedgerStatus, float] = MappingProxyType(
    {
        LedgerStatus.ACCEPTED: 1.0,
        LedgerStatus.ANCHORED: 0.5,
        LedgerStatus.PENDING: 0.25,
        LedgerStatus.DISPUTED: 0.1,
    }
)
"""What is rejected, revoked or superseded does not count.

What validators have not judged yet counts half, what is on no chain yet a quarter.
"""


def counting(*, accepted_only: bool) -> tuple[LedgerStatus, ...]:
    """The statuses of records that count."""
    return (LedgerStatus.ACCEPTED,) if accepted_only else tuple(WEIGHTS)
