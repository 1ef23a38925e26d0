"""The two events that proofs rest on, decoded from logs.

Source: Solidity ABI specification, "Events"; ``contracts/src``.
"""

from dataclasses import dataclass

from ledger.chain.receipts import Log
from ledger.record.keccak import keccak

ANCHORED = keccak(b"Anchored(bytes32,address,bytes32,bytes32,uint32)")
ATTESTED = keccak(b"Attested(bytes32,address,uint32,bytes32,uint32,uint32,bytes32)")

_WORD = 32
_ANCHORED_TOPICS, _ANCHORED_WORDS = 4, 2
_ATTESTED_TOPICS, _ATTESTED_WORDS = 3, 5


@dataclass(frozen=True, slots=True)
class Anchored:
    """A batch was anchored (ContributionRegistry).

    Attributes:
        batch_id: the batch, as contracts name it.
        publisher: the 20 bytes of the address that anchored it.
        root: of its tree.
        manifest_digest: the digest in its manifest's CID.
        count: number of records.
    """

    batch_id: bytes
    publisher: bytes
    root: bytes
    manifest_digest: bytes
    count: int


@dataclass(frozen=True, slots=True)
class Attested:
    """A validator attested a batch (Attestations).

    Attributes:
        batch_id: the batch, as contracts name it.
        validator: the 20 bytes of the validator's address.
        sequence: 1 for the first attestation, higher for each correction.
        root: of its verdict tree.
        accepted: number of records it accepts.
        rejected: number of records it rejects.
        report_digest: the digest in its report's CID.
    """

    batch_id: bytes
    validator: bytes
    sequence: int
    root: bytes
    accepted: int
    rejected: int
    report_digest: bytes


def decode_anchored(log: Log) -> Anchored | None:
    """The event in a log, or None where it is another."""
    words = _words(log, ANCHORED, _ANCHORED_TOPICS, _ANCHORED_WORDS)
    if words is None:
        return None
    _, batch_id, publisher, root = log.topics
    return Anchored(batch_id, publisher[12:], root, words[0], _number(words[1]))


def decode_attested(log: Log) -> Attested | None:
    """The event in a log, or None where it is another."""
    words = _words(log, ATTESTED, _ATTESTED_TOPICS, _ATTESTED_WORDS)
    if words is None:
        return None
    _, batch_id, validator = log.topics
    sequence, root, accepted, rejected, report = words
    return Attested(
        batch_id,
        validator[12:],
        _number(sequence),
        root,
        _number(accepted),
        _number(rejected),
        report,
    )


def _words(log: Log, signature: bytes, topics: int, words: int) -> list[bytes] | None:
    if len(log.topics) != topics or log.topics[0] != signature or len(log.data) != words * _WORD:
        return None
    return [log.data[start : start + _WORD] for start in range(0, len(log.data), _WORD)]


def _number(word: bytes) -> int:
    return int.from_bytes(word, "big")
