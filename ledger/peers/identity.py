"""The key by which a node is known to others.

It signs what a node says of itself, pays for nothing and contributes nothing; a node that loses it
is a new node and loses no data.

Source: https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md#secp256k1 (ECDSA over
SHA-256, low s, DER).
"""

from pathlib import Path

from coincurve import PrivateKey
from filelock import FileLock

from ledger.errors import InvalidInputError
from ledger.errors import SettingsError
from ledger.ipld import protobuf
from ledger.peers.peer_id import SECP256K1
from ledger.peers.peer_id import PeerID
from ledger.store.files import write_durably

FILE = "node.key"

_TYPE, _DATA = 1, 2
_MODE = 0o600
_OTHERS = 0o077


class UnusableNodeKeyError(SettingsError):
    """The file of the node's key cannot be used."""

    def __init__(self, path: Path, reason: str, hint: str) -> None:
        super().__init__(f"the node's key {path} cannot be used: {reason}", hint=hint)


class Identity:
    """A node's key.

    Attributes:
        peer_id: the name it gives the node.
    """

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self.peer_id = PeerID.of(key.public_key)

    def sign(self, message: bytes) -> bytes:
        """The signature of a message; the same message always has the same."""
        return self._key.sign(message)


def load(home: Path) -> Identity:
    """The identity of the node of a home folder, made when it is first asked for.

    Raises:
        UnusableNodeKeyError: the file holds no key, or others may read it.
    """
    path = home / FILE
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            write_durably(path, _written(PrivateKey()), mode=_MODE)
        if path.stat().st_mode & _OTHERS:
            raise UnusableNodeKeyError(path, "others may read it", f"Run: chmod 600 {path}")
        return Identity(_read(path))


def verifies(peer_id: PeerID, message: bytes, signature: bytes) -> bool:
    """Whether a node with this name signed a message; no for keys other than secp256k1."""
    key = peer_id.public_key
    if key is None:
        return False
    try:
        return key.verify(signature, message)
    except ValueError:  # not DER
        return False


def _written(key: PrivateKey) -> bytes:
    """libp2p's message of a private key, which other implementations read."""
    return protobuf.write(_TYPE, SECP256K1) + protobuf.write(_DATA, key.secret)


def _read(path: Path) -> PrivateKey:
    try:
        return PrivateKey(_secret(path.read_bytes()))
    except (ValueError, InvalidInputError) as error:
        raise UnusableNodeKeyError(
            path, str(error), "Restore it, or delete it: the node then gets a new name."
        ) from error


def _secret(message: bytes) -> bytes:
    found = dict(protobuf.fields(message))
    data = found.get(_DATA)
    if found.get(_TYPE) != SECP256K1 or not isinstance(data, bytes):
        raise protobuf.MalformedMessageError("it is no secp256k1 key")
    return data
