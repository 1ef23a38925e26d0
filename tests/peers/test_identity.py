"""The node's key: libp2p's own fixtures, and a file that stays what it is."""

from pathlib import Path

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.ipld.cid import CID
from ledger.peers import identity
from ledger.peers.identity import Identity
from ledger.peers.identity import UnusableNodeKeyError
from ledger.peers.peer_id import MalformedPeerIDError
from ledger.peers.peer_id import PeerID

GO_KEY = "080212203141bd606a504c44f23494d8f3174ef25b1fb9b52daa07d058be83b6e046b158"
GO_PUBLIC = "08021221023540ad842af8a43551a94d8383a555a99226506b88f953d2e70316a3a1b3d6a2"
GO_SIGNATURE = (
    "3044022031a7d633c2f3e45a16128d43751afaa8dc9ba24092c5f5b3cad2c8fe4cf388f2"
    "022049ea8d219f458683d24775d543ea8fb290704347fb35493c403bc2c259b29d9e"
)
GO_MESSAGE = b"Libp2p is the _best_!"
"""Of go-libp2p, core/crypto/test_data/2.*."""

SPEC_KEY = "0802122053dadf1d5a164d6b4acdb15e24aa4c5b1d3461bdbd42abedb0a4404d56ced8fb"
SPEC_PUBLIC = "08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99"
"""Of the libp2p specification, peer-ids.md, "Test vectors"."""

ED25519 = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA"
RSA = "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"

messages = st.binary(max_size=100)


def home_with(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    (folder / identity.FILE).write_bytes(content)
    (folder / identity.FILE).chmod(mode)
    return folder


@pytest.mark.parametrize(("key", "public"), [(GO_KEY, GO_PUBLIC), (SPEC_KEY, SPEC_PUBLIC)])
def test_a_published_key_has_its_published_public_key(tmp_path: Path, key: str, public: str):
    own = identity.load(home_with(tmp_path, bytes.fromhex(key)))

    assert own.peer_id.cid.digest.hex() == public
    assert str(own.peer_id).startswith("16Uiu2HA")


def test_a_published_message_has_its_published_signature(tmp_path: Path):
    own = identity.load(home_with(tmp_path, bytes.fromhex(GO_KEY)))

    assert own.sign(GO_MESSAGE).hex() == GO_SIGNATURE
    assert identity.verifies(own.peer_id, GO_MESSAGE, bytes.fromhex(GO_SIGNATURE))


@given(messages, messages)
def test_a_signature_is_of_one_message_and_one_key(message: bytes, other: bytes):
    own, stranger = Identity(PrivateKey()), Identity(PrivateKey())
    signature = own.sign(message)

    assert identity.verifies(own.peer_id, message, signature)
    assert identity.verifies(own.peer_id, other, signature) == (message == other)
    assert not identity.verifies(stranger.peer_id, message, signature)


@given(messages)
def test_bytes_that_are_no_signature_verify_nothing(signature: bytes):
    assert not identity.verifies(Identity(PrivateKey()).peer_id, b"message", signature)


@pytest.mark.parametrize("name", [ED25519, RSA])
def test_keys_of_other_types_verify_nothing_here(name: str):
    assert not identity.verifies(PeerID.parse(name), b"message", bytes.fromhex(GO_SIGNATURE))


def test_the_key_is_made_once_and_kept_from_others(tmp_path: Path):
    first = identity.load(tmp_path)

    assert identity.load(tmp_path).peer_id == first.peer_id
    assert (tmp_path / identity.FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", bytes.fromhex(GO_KEY)[:-1], bytes.fromhex("0802122000") + bytes(31),
     bytes.fromhex("08011220") + bytes(32)],
)  # fmt: skip
def test_a_file_that_holds_no_key_is_refused_and_left_alone(tmp_path: Path, content: bytes):
    home = home_with(tmp_path, content)

    with pytest.raises(UnusableNodeKeyError, match="cannot be used") as refused:
        identity.load(home)

    assert "delete it" in refused.value.hint
    assert (home / identity.FILE).read_bytes() == content


def test_a_key_that_others_may_read_is_refused(tmp_path: Path):
    home = home_with(tmp_path, bytes.fromhex(GO_KEY), mode=0o644)

    with pytest.raises(UnusableNodeKeyError, match="others may read it") as refused:
        identity.load(home)
    assert "chmod 600" in refused.value.hint


@pytest.mark.parametrize("name", [ED25519, RSA])
def test_a_name_reads_the_same_in_every_form(name: str):
    peer_id = PeerID.parse(name)

    assert str(peer_id) == name
    assert PeerID.parse(str(peer_id.cid)) == peer_id
    assert PeerID.parse(peer_id.base36) == peer_id
    assert hash(PeerID.parse(peer_id.base36)) == hash(peer_id)


@given(st.binary(min_size=32, max_size=32).filter(any))
def test_every_key_has_a_name_that_holds_it(secret: bytes):
    key = PrivateKey(secret)

    read = PeerID.parse(PeerID.of(key.public_key).base36).public_key

    assert read is not None
    assert read.format() == key.public_key.format()


@pytest.mark.parametrize(
    "text",
    ["", "1", "Qm", "16Uiu2HA", ED25519 + "1", ED25519[:-1], "bafkqaaa", "12D3KooW€", "k", "z" * 99,
     str(CID.parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"))],
)  # fmt: skip
def test_what_is_no_name_is_refused(text: str):
    with pytest.raises(MalformedPeerIDError, match="not a Peer ID"):
        PeerID.parse(text)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str):
    try:
        peer_id = PeerID.parse(text)
    except MalformedPeerIDError:
        return
    assert PeerID.parse(str(peer_id)) == peer_id
