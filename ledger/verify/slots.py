"""Where the contracts keep in storage what proofs need.

Source: Solidity documentation, "Layout of State Variables in Storage"; OpenZeppelin's
``Checkpoints.Trace208`` (an array of ``uint48 key | uint208 value``, keys ascending).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts import load
from ledger.record.keccak import keccak
from ledger.verify.policy import Contracts

QUORUMS = load("ValidatorSet").slot("_quorums")
VALIDATORS = load("ValidatorSet").slot("_validators")
ATTESTATIONS = load("Attestations").slot("_attestations")
BATCHES = load("ContributionRegistry").slot("_batches")
SUPERSEDED_BY = load("ContributionRegistry").slot("supersededBy")
IS_REVOKED = load("ContributionRegistry").slot("isRevoked")

SLASHED = 4
"""``ValidatorSet.Status.Slashed``."""

_KEY_BITS = 48
_SEQUENCE_BITS = 32
_STATUS_BITS = 8
_BLOCK_BITS = 64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A value that holds from a block on.

    Attributes:
        from_block: the first block it holds for.
        value: what holds.
    """

    from_block: int
    value: int

    @classmethod
    def unpack(cls, word: int) -> "Checkpoint":
        """The checkpoint in a storage word."""
        return cls(word & ((1 << _KEY_BITS) - 1), word >> _KEY_BITS)


def quorum_count_slot() -> bytes:
    """Holds how many quorums there have been."""
    return _word(QUORUMS)


def quorum_slot(index: int) -> bytes:
    """Holds one of the quorums, as a `Checkpoint`."""
    return _word((int.from_bytes(keccak(_word(QUORUMS)), "big") + index) % (1 << 256))


def validator_slot(validator: bytes) -> bytes:
    """Holds where a validator stands; see `status_of`."""
    return _mapped(validator, _word(VALIDATORS))


def attestation_slot(batch_id: bytes, validator: bytes) -> bytes:
    """Holds the standing attestation of a batch; see `sequence_of`."""
    return _mapped(validator, _mapped(batch_id, _word(ATTESTATIONS)))


def batch_slot(batch_id: bytes) -> bytes:
    """Holds where a batch was anchored; see `anchor_block_of`."""
    return _mapped(batch_id, _word(BATCHES))


def superseded_slot(batch_id: bytes) -> bytes:
    """Holds the batch that replaces a batch, or 0."""
    return _mapped(batch_id, _word(SUPERSEDED_BY))


def revoked_slot(contributor: bytes, record: bytes) -> bytes:
    """Holds 1 where a contributor withdrew a record."""
    return _mapped(record, _mapped(contributor, _word(IS_REVOKED)))


def status_of(word: int) -> int:
    """The status in a validator's word."""
    return word & ((1 << _STATUS_BITS) - 1)


def anchor_block_of(word: int) -> int:
    """The block number in a batch's word; 0 if it is not anchored."""
    return word & ((1 << _BLOCK_BITS) - 1)


def sequence_of(word: int) -> int:
    """The sequence number in the word of a standing attestation; 0 if there is none."""
    return word & ((1 << _SEQUENCE_BITS) - 1)


def _mapped(key: bytes, slot: bytes) -> bytes:
    return keccak(key.rjust(32, b"\0") + slot)


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def needed(
    contracts: Contracts,
    *,
    batch_id: bytes,
    contributor: bytes,
    record: bytes,
    validators: Sequence[bytes],
    quorum_index: int,
) -> dict[str, tuple[bytes, ...]]:
    """The slots a proof rests on, by contract: exactly these stand in a file.

    Of the quorums, the one that holds and the one after it: quorums are never removed, so a zero
    in the next place proves that the one that holds is the last.
    """
    return {
        contracts.registry: (superseded_slot(batch_id), revoked_slot(contributor, record)),
        contracts.validator_set: (
            quorum_slot(quorum_index),
            quorum_slot(quorum_index + 1),
            *(validator_slot(validator) for validator in validators),
        ),
        contracts.attestations: tuple(
            attestation_slot(batch_id, validator) for validator in validators
        ),
    }
