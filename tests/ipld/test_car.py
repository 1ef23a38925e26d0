"""CAR files: what was written is read, and what was changed on the way is refused by name."""

import io
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ipld import varint
from ledger.ipld.car import CARBlock
from ledger.ipld.car import CARLimits
from ledger.ipld.car import CARReader
from ledger.ipld.car import MalformedCARError
from ledger.ipld.car import write_car
from ledger.ipld.cid import CID
from ledger.ipld.cid import DAG_CBOR
from ledger.ipld.cid import DAG_PB
from ledger.ipld.cid import IDENTITY
from ledger.ipld.cid import RAW
from ledger.ipld.cid import SHA2_256
from ledger.ipld.pieces import stream_of
from ledger.record import dagcbor
from ledger.record.cid import digest_of


def block_of(data: bytes, codec: int = RAW) -> CARBlock:
    return CARBlock(CID.of(digest_of(data), codec), data)


def identity(data: bytes) -> CARBlock:
    return CARBlock(CID(1, RAW, IDENTITY, data), data)


def version_0(data: bytes) -> CARBlock:
    return CARBlock(CID(0, DAG_PB, SHA2_256, digest_of(data)), data)


any_block = (
    st.builds(block_of, st.binary(max_size=100), st.sampled_from((RAW, DAG_CBOR, DAG_PB)))
    | st.builds(identity, st.binary(max_size=100))
    | st.builds(version_0, st.binary(max_size=100))
)


def file_of(roots: list[CID], blocks: list[CARBlock]) -> bytes:
    return b"".join(write_car(roots, blocks))


def read(content: bytes, **limits: int) -> tuple[tuple[CID, ...], list[CARBlock]]:
    reader = CARReader(io.BytesIO(content), CARLimits(**limits))
    return reader.roots, list(reader)


@given(
    st.lists(any_block.map(lambda block: block.cid), max_size=4), st.lists(any_block, max_size=8)
)
def test_what_is_written_is_what_is_read(roots: list[CID], blocks: list[CARBlock]):
    assert read(file_of(roots, blocks)) == (tuple(roots), blocks)


@given(st.lists(any_block, max_size=5), st.data())
def test_pieces_of_any_size_read_as_the_whole(blocks: list[CARBlock], data: st.DataObject):
    content = file_of([], blocks)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=10)))
    pieces = [content[start:end] for start, end in pairwise([0, *cuts, len(content)])]

    assert list(CARReader(stream_of(pieces))) == blocks


@given(st.lists(any_block, min_size=1, max_size=4), st.data())
def test_any_byte_changed_is_refused_or_changes_no_block_unnoticed(
    blocks: list[CARBlock], data: st.DataObject
):
    content = bytearray(file_of([blocks[0].cid], blocks))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))

    with suppress(MalformedCARError):
        for cid, block in read(bytes(content))[1]:
            assert cid.names(block)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(content: bytes):
    with suppress(MalformedCARError):
        assert all(cid.names(block) for cid, block in read(content)[1])


@given(st.binary(max_size=300))
def test_any_bytes_after_a_header_are_refused_or_read(tail: bytes):
    with suppress(MalformedCARError):
        assert all(cid.names(block) for cid, block in read(file_of([], []) + tail)[1])


THREE = [block_of(b"one" * 20), block_of(dagcbor.encode({"two": 2}), DAG_CBOR), identity(b"three")]


def test_a_tail_that_is_cut_off_is_noticed_at_every_byte():
    content = file_of([THREE[0].cid], THREE)
    ends = {len(file_of([THREE[0].cid], THREE[:count])) for count in range(4)}

    for end in range(len(content)):
        if end in ends:
            assert read(content[:end])[1] == THREE[: sorted(ends).index(end)]
        else:
            with pytest.raises(MalformedCARError):
                read(content[:end])


def test_where_it_is_cut_off_is_named():
    whole = file_of([], THREE)

    with pytest.raises(MalformedCARError, match="the file is cut off in block 2"):
        read(whole[:-1])
    with pytest.raises(MalformedCARError, match="cut off in the header"):
        read(whole[:5])


def section(content: bytes) -> bytes:
    return varint.encode(len(content)) + content


HEADER = file_of([], [])
ONE = block_of(b"one")


def header(value: object) -> bytes:
    return section(dagcbor.encode(value))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it is empty"),
        (b"\x00", "not a CAR file"),
        (b"<!DOCTYPE html>", "the header"),
        (b"\x80\x00" + HEADER, "the header has a malformed length: .*shortest form"),
        (b"\xff" * 20, "the header has a malformed length"),
        (varint.encode(1 << 40), "the header has 1,099,511,627,776 bytes; at most"),
        (varint.encode((1 << 63) - 1), "the header has 9,223,372,036,854,775,807 bytes"),
        (header({"roots": [], "version": 2}), "not a CAR file of version 1"),
        (header({"roots": []}), "not a CAR file of version 1"),
        (header([]), "not a CAR file of version 1"),
        (header({"version": 1}), "no list of roots"),
        (header({"version": 1, "roots": "x"}), "no list of roots"),
        (header({"version": 1, "roots": ["x"]}), "no list of roots"),
        (header({"version": 1, "roots": [b"\x01"]}), "a root of the CAR file is no CID"),
        (section(b"\xff\xff"), "not a CAR file"),
        (HEADER + b"\x00", "block 0 has no CID"),
        (HEADER + section(b"\x01"), "block 0 has no CID"),
        (HEADER + section(b"\x02\x55\x12\x20" + bytes(32)), "block 0 has no CID"),
        (HEADER + section(b"\x01\x55\x12\xff\xff\x7f"), "block 0 has no CID"),
        (HEADER + section(b"\x01\xff" + b"\xff" * 12), "block 0 has no CID"),
        (HEADER + b"\x80\x00", "block 0 has a malformed length"),
        (HEADER + varint.encode(1 << 30), "block 0 has 1,073,741,824 bytes; at most"),
        (HEADER + section(bytes(ONE.cid) + b"two"), f"block {ONE.cid} does not hash to its CID"),
        (HEADER + section(bytes(ONE.cid)), f"block {ONE.cid} does not hash to its CID"),
        (
            HEADER + section(bytes(CID(1, RAW, IDENTITY, b"a")) + b"b"),
            f"block {CID(1, RAW, IDENTITY, b'a')} does not hash to its CID",
        ),
        (
            HEADER + section(bytes(CID(1, RAW, 0x13, bytes(64)))),
            "hash function 0x13 is not known here, so it cannot be checked",
        ),
    ],
)
def test_a_malformed_file_is_refused_with_the_place_named(content: bytes, fault: str):
    with pytest.raises(MalformedCARError, match=fault):
        read(content)


def test_blocks_before_a_bad_one_are_handed_out():
    reader = CARReader(io.BytesIO(file_of([], [ONE]) + section(bytes(ONE.cid) + b"two")))
    blocks = iter(reader)

    assert next(blocks) == ONE
    with pytest.raises(MalformedCARError, match=str(ONE.cid)):
        next(blocks)


def test_a_block_that_is_too_large_is_refused_by_name():
    large = block_of(bytes(1_001))

    assert len(read(file_of([], [block_of(bytes(1_000))]), block_bytes=1_000)[1]) == 1
    with pytest.raises(MalformedCARError, match=f"block {large.cid} has 1,001 bytes; at most"):
        read(file_of([], [large]), block_bytes=1_000)


def test_a_header_that_is_too_large_is_refused_before_it_is_read():
    roots = [block_of(bytes([number])).cid for number in range(10)]

    with pytest.raises(MalformedCARError, match="the header has"):
        read(file_of(roots, []), header_bytes=100)


@pytest.mark.parametrize("block", [ONE, identity(b"")], ids=["the same block", "an identity block"])
def test_a_bomb_of_many_small_blocks_is_refused(block: CARBlock):
    with pytest.raises(MalformedCARError, match="exceeds 10 blocks"):
        read(file_of([], [block] * 11), blocks=10)


def test_a_bomb_of_many_bytes_is_refused():
    with pytest.raises(MalformedCARError, match=r"or 1,000 bytes"):
        read(file_of([], [block_of(bytes(400))] * 3), total_bytes=1_000)


def test_only_one_block_is_in_memory():
    read_so_far = 0

    def pieces():
        nonlocal read_so_far
        for piece in write_car([], (block_of(bytes([number]) * 50_000) for number in range(100))):
            read_so_far += len(piece)
            yield piece

    blocks = iter(CARReader(stream_of(pieces())))
    next(blocks)

    assert read_so_far < 200_000
