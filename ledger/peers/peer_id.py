"""Peer IDs: how nodes of the IPFS world are named, by the hash of their public key.

Source: https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md.
"""

import base58
from coincurve import PublicKey

from ledger.errors import InvalidInputError
from ledger.ipld import protobuf
from ledger.ipld import varint
from ledger.ipld.cid import CID
from ledger.ipld.cid import IDENTITY
from ledger.ipld.cid import LIBP2P_KEY
from ledger.ipld.cid import SHA2_256

SECP256K1 = 2
"""The type of a key in libp2p's message."""

_TYPE, _DATA = 1, 2
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_HASHES = frozenset({IDENTITY, SHA2_256})
_MAX_TEXT = 100


class MalformedPeerIDError(InvalidInputError):
    """Text is not a Peer ID."""

    def __init__(self, given: str, reason: str) -> None:
        super().__init__(
            f"not a Peer ID: {given[:80]!r} ({reason})",
            hint="One of this ledger's nodes begins with 16Uiu2HA; `perfledger status` shows it.",
        )


class PeerID:
    """The name of a node.

    Attributes:
        cid: as a CID of its key.
    """

    __slots__ = ("cid",)

    def __init__(self, cid: CID) -> None:
        self.cid = cid

    @classmethod
    def of(cls, key: PublicKey) -> "PeerID":
        """The Peer ID of a secp256k1 key, which it holds whole."""
        message = protobuf.write(_TYPE, SECP256K1) + protobuf.write(_DATA, key.format())
        return cls(CID(1, LIBP2P_KEY, IDENTITY, message))

    @classmethod
    def parse(cls, text: str) -> "PeerID":
        """The Peer ID in a text: base58, or a CID of codec libp2p-key in any multibase.

        Raises:
            MalformedPeerIDError: it is none.
        """
        if len(text) > _MAX_TEXT or not text.isascii():
            raise MalformedPeerIDError(text, f"expected at most {_MAX_TEXT} ASCII characters")
        try:
            cid = _from_multihash(text) if text.startswith(("1", "Qm")) else CID.parse(text)
        except (ValueError, InvalidInputError) as error:
            raise MalformedPeerIDError(text, str(error)) from error
        if cid.codec != LIBP2P_KEY or cid.hash_code not in _HASHES:
            raise MalformedPeerIDError(text, "not the CID of a key")
        return cls(cid)

    @property
    def public_key(self) -> PublicKey | None:
        """The key, if the Peer ID holds one of secp256k1."""
        if self.cid.hash_code != IDENTITY:
            return None
        try:
            found = dict(protobuf.fields(self.cid.digest))
            data = found.get(_DATA)
            if found.get(_TYPE) != SECP256K1 or not isinstance(data, bytes):
                return None
            return PublicKey(data)
        except (ValueError, InvalidInputError):
            return None

    @property
    def base36(self) -> str:
        """As a CID in base36, which fits into a DNS label."""
        number, digits = int.from_bytes(bytes(self.cid), "big"), ""
        while number:
            number, digit = divmod(number, len(_BASE36))
            digits = _BASE36[digit] + digits
        return "k" + digits

    def __str__(self) -> str:
        """In base58, as it is usually written."""
        digest = self.cid.digest
        multihash = varint.encode(self.cid.hash_code) + varint.encode(len(digest)) + digest
        return base58.b58encode(multihash).decode()

    def __repr__(self) -> str:
        """For people who debug."""
        return f"PeerID({self})"

    def __eq__(self, other: object) -> bool:
        """Whether they name the same node, however they were written."""
        return isinstance(other, PeerID) and self.cid == other.cid

    def __hash__(self) -> int:
        """Equal names have equal hashes."""
        return hash(self.cid)


def _from_multihash(text: str) -> CID:
    binary = base58.b58decode(text)
    cid, end = CID.read(varint.encode(1) + varint.encode(LIBP2P_KEY) + binary)
    if end != len(binary) + 2:
        msg = "bytes follow the hash"
        raise ValueError(msg)
    return cid
