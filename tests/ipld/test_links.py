"""Links of a block: those that are there, in their order, and nothing that only looks like one."""

from contextlib import suppress

import dag_cbor
import multiformats
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ipld.cid import CID
from ledger.ipld.cid import DAG_CBOR
from ledger.ipld.cid import RAW
from ledger.ipld.links import UnknownCodecError
from ledger.ipld.links import links
from ledger.record.cid import digest_of
from ledger.record.dagcbor import MalformedBlockError


def cid_of(block: bytes, codec: int = DAG_CBOR) -> CID:
    return CID.of(digest_of(block), codec)


def found(block: bytes) -> tuple[CID, ...]:
    return links(cid_of(block), block)


cids = st.builds(
    cid_of,
    st.binary(max_size=8),
    st.sampled_from((DAG_CBOR, RAW)),
)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10)
    | st.binary(max_size=40)
    | cids.map(bytes)
    | cids.map(lambda cid: multiformats.CID.decode(bytes(cid))),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


def links_in(value: object) -> set[bytes]:
    if isinstance(value, multiformats.CID):
        return {bytes(value)}
    if isinstance(value, dict):
        value = list(value.values())
    return set().union(*map(links_in, value)) if isinstance(value, list) else set()


@given(values)
def test_every_link_is_found_and_bytes_that_look_like_a_cid_are_none(value: object):
    assert {bytes(link) for link in found(dag_cbor.encode(value))} == links_in(value)


def test_links_come_in_the_order_of_the_block_and_as_often():
    one, two = cid_of(b"1"), cid_of(b"2", RAW)
    published = [multiformats.CID.decode(bytes(each)) for each in (two, one, two)]

    assert found(dag_cbor.encode(published)) == (two, one, two)


def test_a_raw_block_has_no_links_whatever_it_holds():
    block = dag_cbor.encode([multiformats.CID.decode(bytes(cid_of(b"1")))])

    assert links(cid_of(block, RAW), block) == ()


def test_a_codec_that_is_not_known_is_named():
    with pytest.raises(UnknownCodecError, match=r"codec 0x78, whose links are not known"):
        links(cid_of(b"", 0x78), b"")


LINK = b"\xd8\x2a\x58\x25\x00" + bytes(cid_of(b"1"))


@pytest.mark.parametrize("end", range(3, len(LINK) + 1))
def test_a_block_that_is_cut_off_is_refused_and_named(end: int):
    block = (b"\x82" + LINK)[:end]

    with pytest.raises(MalformedBlockError, match=f"block {cid_of(block)} is malformed"):
        found(block)


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        (LINK + b"\x00", "bytes follow its value"),
        (b"\x9f" + LINK + b"\xff", "indefinite length"),
        (b"\x81" * 65 + LINK, "nested more than 64 deep"),
        (b"\x82\xc0\x00" + LINK, "tag 0 is not of DAG-CBOR"),
        (b"\xd8\x2a\x58\x25\x01" + bytes(cid_of(b"1")), "not a CID after a zero"),
        (b"\xd8\x2a\x58\x26\x00" + bytes(cid_of(b"1")) + b"\x00", "bytes follow the CID"),
        (b"\xd8\x2a\x41\x00", "is malformed"),
        (b"\xd8\x2a\x60", "not a CID after a zero"),
        (b"\x82\x7b" + b"\xff" * 8 + LINK, "cut off"),
        (b"\x9b" + b"\xff" * 8 + LINK, "cut off"),
    ],
)
def test_a_malformed_block_is_refused_and_named(block: bytes, fault: str):
    with pytest.raises(MalformedBlockError, match=fault) as refused:
        found(block)
    assert str(cid_of(block)) in refused.value.message


@given(st.binary(max_size=120) | st.binary(max_size=40).map(lambda tail: LINK + tail))
def test_any_bytes_are_read_or_refused(block: bytes):
    with suppress(MalformedBlockError):
        assert all(bytes(link) in block for link in found(block))
