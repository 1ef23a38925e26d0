"""What a verification has to know of the chain, wherever it learns it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ledger.verify.events import Anchored
from ledger.verify.events import Attested
from ledger.verify.format import EventPart
from ledger.verify.format import VerdictPart


@dataclass(frozen=True, slots=True)
class AnchorFacts:
    """An anchor as the chain tells it.

    Attributes:
        event: what was anchored.
        block: number of the block.
        timestamp: of the block, seconds since 1970.
    """

    event: Anchored
    block: int
    timestamp: int


class Evidence(Protocol):
    """The chain, by a file's own proofs or by a node's answers.

    Every method raises `Fault` where the chain does not bear out what is asked.
    """

    @property
    def rests_on(self) -> str:
        """On whose word all of it rests, e.g. ``block 0x…``."""

    def establish(self) -> str:
        """Connect with what the verifier trusts; says what was proven."""

    def anchor(self, place: EventPart) -> AnchorFacts:
        """The event that anchored the batch."""

    def attested(self, batch_id: bytes, verdict: VerdictPart) -> Attested:
        """What a validator attested."""

    def attestations(self, batch_id: bytes, first: int) -> Mapping[bytes, Attested] | None:
        """The standing attestations of a batch, by validator; None: not known here.

        Args:
            batch_id: the batch, as contracts name it.
            first: the block it was anchored in.
        """

    def standing_sequence(self, batch_id: bytes, validator: bytes) -> int | None:
        """The sequence number of the validator's standing attestation; None: not known here."""

    def is_slashed(self, validator: bytes) -> bool | None:
        """Whether the validator was slashed for equivocation; None: not known here."""

    def quorum_at(self, block: int) -> int | None:
        """Verdicts needed for batches anchored in a block; None: not known here."""

    def is_superseded(self, batch_id: bytes) -> bool | None:
        """Whether the publisher replaced the batch; None: not known here."""

    def is_revoked(self, contributor: bytes, record: bytes) -> bool | None:
        """Whether the contributor withdrew the record; None: not known here."""
