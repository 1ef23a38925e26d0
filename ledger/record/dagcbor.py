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
    try:
        value = libipld.decode_dag_cbor(block)
    except (ValueError, RecursionError) as error:
        raise MalformedBlockError(f"not DAG-CBOR: {error}") from error
    if encode(value) != block:
        raise NonCanonicalError("the bytes are not canonical DAG-CBOR")
    return value
