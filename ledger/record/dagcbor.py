"""Strict DAG-CBOR.

``libipld`` encodes canonically but decodes some byte strings that no canonical encoder writes.
Decoding here refuses bytes whose re-encoding differs, so one value has exactly one name.

``libipld`` also writes any ``bytes`` that could be read as a binary CID as a link. An address or a
root ground to look like one would turn into a link that resolves nowhere, and a recursive pin of
its block would never finish. The ledger's blocks therefore hold hashes, addresses and signatures
as ``0x`` text, and ``bytes`` always mean a link.

Source: https://ipld.io/specs/codecs/dag-cbor/spec/#strictness.
"""

from typing import Any

import libipld

from ledger.errors import InvalidInputError

MAX_BLOCK_BYTES = 1 << 20
"""IPFS implementations refuse to exchange blocks much larger than 1 MiB."""

MAX_DEPTH = 64
"""Arrays, maps and tags inside each other; the ledger's own blocks need ten."""

_ARGUMENT_BYTES = {24: 1, 25: 2, 26: 4, 27: 8}
"""Additional information → bytes of the argument that follows (RFC 8949, section 3)."""

_BYTES, _TEXT, _ARRAY, _MAP, _TAG = 2, 3, 4, 5, 6
_NO_CONTAINER = bytes(range(0x80)) + bytes(range(0xDC, 0x100))
"""Bytes that begin no array, map or tag."""


class MalformedBlockError(InvalidInputError):
    """Bytes are not a DAG-CBOR block of an acceptable size, or not of the expected shape."""


class NonCanonicalError(MalformedBlockError):
    """Bytes decode, but a canonical encoder would have written others."""


def encode(value: Any) -> bytes:
    """The canonical DAG-CBOR of a value built of dict, list, str, int, float, bool, None and links.

    Raises:
        MalformedBlockError: the value has no DAG-CBOR form (NaN, infinities, other types).
    """
    try:
        return libipld.encode_dag_cbor(value)
    except (ValueError, RecursionError) as error:
        raise MalformedBlockError(f"no DAG-CBOR form: {error}") from error


def decode(block: bytes, *, max_bytes: int = MAX_BLOCK_BYTES) -> Any:
    """The value of a canonical block; links come back as binary CIDs (``bytes``).

    Raises:
        MalformedBlockError: too large, or not DAG-CBOR.
        NonCanonicalError: valid CBOR, but not in canonical form.
    """
    if len(block) > max_bytes:
        raise MalformedBlockError(
            f"the block has {len(block):,} bytes; at most {max_bytes:,} are allowed"
        )
    _require_shallow(block)
    try:
        value = libipld.decode_dag_cbor(block)
    except (ValueError, RecursionError) as error:
        raise MalformedBlockError(f"not DAG-CBOR: {error}") from error
    if encode(value) != block:
        raise NonCanonicalError("the bytes are not canonical DAG-CBOR")
    return value


def _require_shallow(block: bytes) -> None:
    """Refuse nesting that would overflow the C stack of a decoder that recurses.

    Most blocks hold so few bytes that could begin a container that no depth needs to be counted.
    """
    if len(block.translate(None, _NO_CONTAINER)) > MAX_DEPTH and _is_deep(block):
        raise MalformedBlockError(f"the block is nested more than {MAX_DEPTH} deep")


def _is_deep(block: bytes) -> bool:
    """Whether containers nest deeper than allowed, up to where the block ends or is not CBOR."""
    position, size = 0, len(block)
    remaining = [1]  # items still to come, per open container
    while position < size:
        remaining[-1] -= 1
        major, argument = block[position] >> 5, block[position] & 0x1F
        position += 1
        if argument in _ARGUMENT_BYTES:
            width = _ARGUMENT_BYTES[argument]
            argument = int.from_bytes(block[position : position + width], "big")
            position += width
        elif argument > max(_ARGUMENT_BYTES):
            return False  # indefinite or reserved: the decoder stops here
        if major in {_BYTES, _TEXT}:
            position += argument
        elif major in {_ARRAY, _MAP, _TAG}:
            items = {_ARRAY: argument, _MAP: 2 * argument, _TAG: 1}[major]
            remaining.append(items)
            if len(remaining) > MAX_DEPTH + 1:
                return True
        while remaining and not remaining[-1]:
            remaining.pop()
        if not remaining:
            return False
    return False
