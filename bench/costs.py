"""What transactions take, and the most that they may."""

from dataclasses import asdict
from dataclasses import dataclass
from typing import Any

TARGETS = {1_000: 60, 10_000: 6}
"""Records in a batch, and the gas that each may take."""

MERKLE_CHECK = "Merkle check, depth 10"
LIMITS = {
    "anchor": 50_000,
    "anchorBySig": 75_000,
    "attest, first": 60_000,
    "attest, correction": 45_000,
    MERKLE_CHECK: 2_700,
}
"""The most that each call of ours may take, whatever it covers."""

DEPLOYMENT_LIMIT = 2_500_000


@dataclass(frozen=True)
class Cost:
    """What one transaction takes.

    Attributes:
        system: whose contract.
        call: the function called.
        records: how many records it covers; none where that has no meaning.
        gas: the receipt's gasUsed; of a Merkle check, the execution alone.
    """

    system: str
    call: str
    records: int | None
    gas: int

    @property
    def per_record(self) -> float | None:
        """Gas for each record that the transaction covers."""
        return self.gas / self.records if self.records else None

    @property
    def target(self) -> int | None:
        """The most that each record may take, where that is promised."""
        return TARGETS.get(self.records or 0) if self.call == "anchor" else None

    @property
    def limit(self) -> int | None:
        """The most that it may take at all, where that is promised."""
        if self.system == "deployment":
            return DEPLOYMENT_LIMIT
        return LIMITS.get(self.call) if self.system == "perfledger" else None

    @property
    def missed(self) -> bool:
        """Whether it takes more than is promised."""
        per_record = self.target and self.per_record and self.per_record > self.target
        return bool(per_record or (self.limit and self.gas > self.limit))

    def as_json(self) -> dict[str, Any]:
        """The cost as a row of ``--json``."""
        return asdict(self) | {
            "gas_per_record": self.per_record,
            "target": self.target,
            "limit": self.limit,
        }
