"""Content identifiers: CIDv1, dag-cbor, sha2-256.

The ledger uses one kind of CID for everything it stores, so a CID here is the 32-byte digest and
nothing else; its text and binary forms add the constant prefix. Contracts store the digest as
``bytes32``.

Source: https://github.com/multiformats/cid (CIDv1), https://ipld.io/specs/codecs/dag-cbor/spec/.
"""

import base64
import hashlib
from typing import NewType

from ledger.errors import InvalidInputError

Digest = NewType("Digest", bytes)
"""The 32-byte sha2-256 of a block."""

PREFIX = bytes((0x01, 0x71, 0x12, 0x20))
"""CIDv1, dag-cbor (0x71), sha2-256 (0x12), 32 bytes (0x20)."""

DIGEST_BYTES = 32
CID_BYTES = len(PREFIX) + DIGEST_BYTES
CID_TEXT_LENGTH = 59


_ALPHABET = b"abcdefghijklmnopqrstuvwxyz234567"
_BASE32_DIGITS = bytes.maketrans(
    bytes(range(256)),
    bytes(
        b"0123456789abcdefghijklmnopqrstuv"[_ALPHABET.index(code)]
        if code in _ALPHABET
        else ord("!")
        for code in range(256)
    ),
)
"""From RFC 4648's alphabet to the digits that ``int`` reads; everything else to what it refuses."""

_UNUSED = 0b11
"""58 characters hold two bits more than 36 bytes."""


class InvalidCIDError(InvalidInputError):
    """A text or byte string is not a CID of the kind the ledger uses."""

    def __init__(self, given: str, reason: str) -> None:
        super().__init__(
            f"not a CID of this ledger: {given[:80]!r} ({reason})",
            hint="A record's CID is 59 characters and begins with 'bafyrei'.",
        )


def digest_of(block: bytes) -> Digest:
    """The sha2-256 of a block."""
    return Digest(hashlib.sha256(block).digest())


def cid_of(block: bytes) -> str:
    """The CID of a block, as text."""
    return to_text(digest_of(block))


def to_bytes(digest: Digest) -> bytes:
    """The 36-byte binary CID of a digest."""
    return PREFIX + digest


def to_text(digest: Digest) -> str:
    """The CID of a digest in base32 (RFC 4648 lower case, unpadded, multibase prefix ``b``)."""
    return "b" + base64.b32encode(PREFIX + digest).decode().rstrip("=").lower()


def from_bytes(cid: bytes) -> Digest:
    """The digest in a binary CID.

    Raises:
        InvalidCIDError: another version, codec, hash function or length.
    """
    if len(cid) != CID_BYTES or not cid.startswith(PREFIX):
        raise InvalidCIDError(cid.hex(), "expected CIDv1, dag-cbor, sha2-256")
    return Digest(cid[len(PREFIX) :])


def from_text(cid: str) -> Digest:
    """The digest in a base32 CID.

    Raises:
        InvalidCIDError: not base32, or another version, codec, hash function or length.
    """
    if len(cid) != CID_TEXT_LENGTH or not cid.startswith("b") or not cid.isascii():
        raise InvalidCIDError(cid, "expected 59 characters of lower-case base32 after 'b'")
    try:
        bits = int(cid[1:].encode().translate(_BASE32_DIGITS), 32)
    except ValueError as error:
        raise InvalidCIDError(cid, "not lower-case base32") from error
    if bits & _UNUSED:
        raise InvalidCIDError(cid, "not the canonical base32 form")
    return from_bytes((bits >> _UNUSED.bit_length()).to_bytes(CID_BYTES, "big"))
