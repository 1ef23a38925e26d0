"""What a verifier trusts.

None of it may come from the proof: whoever makes a proof could deploy contracts of their own and
prove everything by them.
"""

from dataclasses import dataclass
from dataclasses import field

from pyrage.x25519 import Identity

from ledger.chain.deployment import Contracts
from ledger.errors import InvalidInputError
from ledger.record import cid
from ledger.record.eip712 import address_of

__all__ = ["Contracts", "InvalidPolicyError", "Policy"]

HASH_BYTES = 32


class InvalidPolicyError(InvalidInputError):
    """A policy would trust something that cannot be."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a proof must show, and to whom the verifier listens.

    Attributes:
        contracts: the ledger the verifier trusts.
        trusted_blocks: hashes of blocks the verifier knows to be on the chain (from a node or an
            explorer it trusts); headers in the file are followed up to them. Not needed online.
        expected_cid: the record it must be about; any if None.
        minimum_accepted: verdicts required at least, even where the chain's quorum is lower. Where
            the file does not prove the chain's quorum, this is the quorum.
        validators: EIP-55 addresses whose verdicts count; every validator's if None.
        identities: of age; an encrypted record is opened with one of them, if there are any.
    """

    contracts: Contracts
    trusted_blocks: frozenset[bytes] = frozenset()
    expected_cid: str | None = None
    minimum_accepted: int | None = None
    validators: frozenset[str] | None = None
    identities: tuple[Identity, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Refuse a policy that nothing can satisfy, or that anything can."""
        if any(len(block) != HASH_BYTES for block in self.trusted_blocks):
            raise InvalidPolicyError(
                "a block hash has 32 bytes", hint="It looks like 0x and 64 hex digits."
            )
        if self.minimum_accepted is not None and self.minimum_accepted < 1:
            raise InvalidPolicyError("at least one verdict must be required")
        if self.expected_cid is not None:
            cid.from_text(self.expected_cid)
        for address in self.validators or ():
            if address_of(address) != address:
                raise InvalidPolicyError(f"not an EIP-55 address: {address}")
