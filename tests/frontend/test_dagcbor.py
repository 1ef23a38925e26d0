"""The page reads a record's bytes as the ledger does, and refuses what the ledger refuses."""

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.record import cid
from ledger.record import dagcbor
from tests.frontend.browser_verifier import BrowserVerifier
from tests.verify.recorded import read

pytestmark = pytest.mark.node

LINK = cid.to_bytes(cid.digest_of(b"linked"))
LINK_TAG = b"\xd8\x2a"
RECORD = bytes.fromhex(json.loads(read("valid"))["record"]["bytes"][2:])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.just(LINK),
    lambda inner: (
        st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=30), inner, max_size=30)
    ),
    max_leaves=40,
)


def exact(value: Any) -> Any:
    """As ``verifier.mjs`` writes it."""
    match value:
        case dict():
            keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
            return {"map": [[key, exact(value[key])] for key in keys]}
        case list():
            return [exact(inner) for inner in value]
        case bytes():
            is_link = value.startswith(cid.PREFIX) and len(value) == cid.CID_BYTES
            digits = value[len(cid.PREFIX) :].hex() if is_link else value.hex()
            return {"link" if is_link else "bytes": "0x" + digits}
        case bool() | None | str():
            return value
        case int():
            return {"int": str(value)}
        case _:
            return {"float": "0x" + struct.pack(">d", value + 0.0).hex()}


@given(VALUES)
@settings(max_examples=300)
def test_a_canonical_block_is_read_alike(verifier: BrowserVerifier, value: Any) -> None:
    assert verifier.decode(dagcbor.encode(value)) == {"value": exact(value)}


def agreed(verifier: BrowserVerifier, block: bytes) -> None:
    """Fails where one reads a value and the other refuses, or reads another."""
    try:
        expected = {"value": exact(dagcbor.decode(block))}
    except dagcbor.MalformedBlockError:
        assert "refused" in verifier.decode(block)
        return
    # Which `bytes` were a link is not to be seen in Python; the ledger has links of one kind only.
    other_link = {"refused": "a link of another kind"}
    assert verifier.decode(block) in (expected, *([other_link] if LINK_TAG in block else []))


@given(st.binary(max_size=24))
@settings(max_examples=500)
def test_any_bytes_are_read_or_refused_alike(verifier: BrowserVerifier, block: bytes) -> None:
    agreed(verifier, block)


@given(st.integers(0, len(RECORD) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_an_altered_record_is_read_or_refused_alike(
    verifier: BrowserVerifier, at: int, flip: int
) -> None:
    block = bytearray(RECORD)
    block[at] ^= flip

    agreed(verifier, bytes(block))


@pytest.mark.parametrize(
    "block",
    [
        b"",
        RECORD + b"\x00",
        RECORD[:-1],
        bytes.fromhex("1817"),  # 23 in two bytes
        bytes.fromhex("1900ff"),
        bytes.fromhex("1a0000ffff"),
        bytes.fromhex("1b00000000ffffffff"),
        bytes.fromhex("1bffffffffffffffff"),
        bytes.fromhex("3bffffffffffffffff"),
        bytes.fromhex("f93c00"),  # 1.0 in half precision
        bytes.fromhex("fa3f800000"),
        bytes.fromhex("fb7ff8000000000000"),
        bytes.fromhex("fb8000000000000000"),  # -0.0
        bytes.fromhex("f7"),
        bytes.fromhex("9fff"),
        bytes.fromhex("a2616100616101"),  # a key twice
        bytes.fromhex("a2616200616101"),  # keys out of order
        bytes.fromhex("a10101"),
        bytes.fromhex("61ff"),
        bytes.fromhex("63efbbbf"),  # a byte order mark is a character like others
        bytes.fromhex("c100"),
        bytes.fromhex("d82a4100"),
        b"\x81" * 63 + b"\x00",
        b"\x81" * 100 + b"\x00",
        bytes.fromhex("9b0000000100000000"),
        bytes.fromhex("5b7fffffffffffffff"),
    ],
    ids=lambda block: block[:9].hex(),
)
def test_what_decoders_differ_in_is_read_or_refused_alike(
    verifier: BrowserVerifier, block: bytes
) -> None:
    agreed(verifier, block)
