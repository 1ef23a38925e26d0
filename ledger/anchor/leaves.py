"""The leaves of the ledger's three kinds of tree, as the contracts hash them."""

from ledger.record.keccak import keccak

_FALSE = bytes(32)
_TRUE = bytes(31) + b"\x01"
_PAD_ADDRESS = bytes(12)


def record_leaf(record_digest: bytes) -> bytes:
    """A record in a submission's tree: ``(bytes32 recordDigest)``."""
    return keccak(keccak(record_digest))


def submission_leaf(submission_root: bytes, contributor: bytes, count: int) -> bytes:
    """A submission in a batch's tree: ``(bytes32 root, address contributor, uint32 count)``.

    Binding the contributor keeps anyone from passing on another's records as theirs.
    """
    return keccak(keccak(submission_root + _PAD_ADDRESS + contributor + count.to_bytes(32, "big")))


def verdict_leaf(record_digest: bytes, *, accepted: bool, reason: int) -> bytes:
    """A verdict in a validator's tree: ``(bytes32 recordDigest, bool accepted, uint16 reason)``."""
    return keccak(
        keccak(record_digest + (_TRUE if accepted else _FALSE) + reason.to_bytes(32, "big"))
    )
