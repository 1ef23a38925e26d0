"""CIDs of every kind.

The ledger names its own blocks by `ledger.record.cid`, which knows one kind. Files and requests
from elsewhere hold others: older versions, raw and dag-pb blocks, other hash functions.

Source: https://github.com/multiformats/cid, https://github.com/multiformats/multibase,
https://github.com/multiformats/multicodec/blob/master/table.csv.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

import base58

from ledger.errors import InvalidInputError
from ledger.ipld import varint
from ledger.record.cid import Digest

RAW = 0x55
DAG_PB = 0x70
DAG_CBOR = 0x71
LIBP2P_KEY = 0x72
DAG_JSON = 0x0129

IDENTITY = 0x00
SHA2_256 = 0x12

MAX_TEXT = 200
MAX_DIGEST_BYTES = 128
"""Of an identity hash; others have 32 to 64 bytes."""

_PLAIN = {bytes((1, codec, SHA2_256, 32)): codec for codec in (RAW, DAG_PB, DAG_CBOR)}
_PREFIXES = {codec: prefix for prefix, codec in _PLAIN.items()}
_PLAIN_BYTES = 4
_SHA2_256_BYTES = 32
_PLAIN_KIND = (1, SHA2_256, _SHA2_256_BYTES)
"""How nearly every CID begins: three numbers of one byte, which need not be read one by one."""

_V0_BYTES = 34
_V0_PREFIX = bytes((SHA2_256, 32))


class MalformedCIDError(InvalidInputError):
    """Text or bytes are not a CID."""

    def __init__(self, given: str, reason: str) -> None:
        super().__init__(f"not a CID: {given[:80]!r} ({reason})")


class UnsupportedHashError(InvalidInputError):
    """A CID names its block by a hash function that is not known here."""


@dataclass(frozen=True, slots=True)
class CID:
    """A content identifier.

    Attributes:
        version: 0 or 1.
        codec: what the block's bytes are, by multicodec number.
        hash_code: the hash function, by multicodec number.
        digest: the hash of the block; for `IDENTITY`, the block itself.
    """

    version: int
    codec: int
    hash_code: int
    digest: bytes

    @classmethod
    def of(cls, digest: Digest, codec: int = DAG_CBOR) -> "CID":
        """The version 1 CID of a block known by its sha2-256."""
        return cls(1, codec, SHA2_256, digest)

    @classmethod
    def parse(cls, text: str) -> "CID":
        """The CID in a text of any multibase that CIDs are written in.

        Raises:
            MalformedCIDError: it is none.
        """
        if len(text) > MAX_TEXT or not text.isascii():
            raise MalformedCIDError(text, f"expected at most {MAX_TEXT} ASCII characters")
        try:
            binary = _binary(text)
        except (ValueError, binascii.Error) as error:
            raise MalformedCIDError(text, "not multibase text") from error
        try:
            cid, end = cls.read(binary)
        except InvalidInputError as error:
            raise MalformedCIDError(text, error.message) from error
        if end != len(binary):
            raise MalformedCIDError(text, "bytes follow the CID")
        if cid.version == 0 and not text.startswith("Qm"):
            raise MalformedCIDError(text, "version 0 has no multibase prefix")
        return cid

    @classmethod
    def read(cls, data: bytes, offset: int = 0) -> tuple["CID", int]:
        """The binary CID at an offset, and the offset after it.

        Raises:
            MalformedCIDError: there is none.
            MalformedVarintError: a number in it is malformed.
        """
        digest = data[offset + _PLAIN_BYTES : offset + _PLAIN_BYTES + _SHA2_256_BYTES]
        plain = _PLAIN.get(data[offset : offset + _PLAIN_BYTES])
        if plain is not None and len(digest) == _SHA2_256_BYTES:
            return cls(1, plain, SHA2_256, digest), offset + _PLAIN_BYTES + _SHA2_256_BYTES
        if data[offset : offset + 2] == _V0_PREFIX:
            digest = data[offset + 2 : offset + _V0_BYTES]
            if len(digest) != _V0_BYTES - 2:
                raise MalformedCIDError(data[offset:].hex(), "cut off")
            return cls(0, DAG_PB, SHA2_256, digest), offset + _V0_BYTES
        version, position = varint.decode(data, offset)
        if version != 1:
            raise MalformedCIDError(data[offset : offset + 40].hex(), "neither version 0 nor 1")
        codec, position = varint.decode(data, position)
        hash_code, position = varint.decode(data, position)
        length, position = varint.decode(data, position)
        digest = data[position : position + length]
        if length > MAX_DIGEST_BYTES or len(digest) != length:
            raise MalformedCIDError(data[offset : offset + 40].hex(), "cut off, or hash too long")
        return cls(1, codec, hash_code, digest), position + length

    def __bytes__(self) -> bytes:
        """Its binary form."""
        if (self.version, self.hash_code, len(self.digest)) == _PLAIN_KIND:
            prefix = _PREFIXES.get(self.codec)
            if prefix is not None:
                return prefix + self.digest
        multihash = varint.encode(self.hash_code) + varint.encode(len(self.digest)) + self.digest
        if self.version == 0:
            return multihash
        return varint.encode(1) + varint.encode(self.codec) + multihash

    def __str__(self) -> str:
        """Its usual text: base32 for version 1, base58btc for version 0."""
        if self.version == 0:
            return base58.b58encode(bytes(self)).decode()
        return "b" + base64.b32encode(bytes(self)).decode().rstrip("=").lower()

    @property
    def sha256(self) -> Digest | None:
        """The digest under which block stores know the block; None for other hash functions."""
        return Digest(self.digest) if self.hash_code == SHA2_256 else None

    def names(self, block: bytes) -> bool:
        """Whether these are the bytes it stands for.

        Raises:
            UnsupportedHashError: the hash function is not known here.
        """
        if self.hash_code == IDENTITY:
            return block == self.digest
        if self.hash_code == SHA2_256:
            return hashlib.sha256(block).digest() == self.digest
        raise UnsupportedHashError(f"{self}: hash function 0x{self.hash_code:x} is not known here")


def _binary(text: str) -> bytes:
    if len(text) == 46 and text.startswith("Qm"):  # noqa: PLR2004 - a base58 sha2-256
        return base58.b58decode(text)
    prefix, rest = text[:1], text[1:]
    if prefix in {"b", "B"}:
        if rest != (rest.lower() if prefix == "b" else rest.upper()):
            raise ValueError(text)
        return base64.b32decode(rest.upper() + "=" * (-len(rest) % 8))
    if prefix == "z":
        return base58.b58decode(rest)
    if prefix == "k":
        return _from_base36(rest)
    if prefix in {"f", "F"}:
        return bytes.fromhex(rest)
    if prefix in {"u", "m"}:
        padded = rest + "=" * (-len(rest) % 4)
        return base64.b64decode(padded, altchars=b"-_" if prefix == "u" else None, validate=True)
    raise ValueError(text)


def _from_base36(text: str) -> bytes:
    number = int(text, 36)
    zeros = len(text) - len(text.lstrip("0"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
