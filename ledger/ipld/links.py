"""The links from one block to others, by the codec of its CID.

Source: https://ipld.io/specs/codecs/dag-cbor/spec/ (links are tag 42 around a byte string of a zero
and the binary CID), RFC 8949, section 3.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping

from ledger.errors import InvalidInputError
from ledger.ipld.cid import CID
from ledger.ipld.cid import DAG_CBOR
from ledger.ipld.cid import RAW
from ledger.record.dagcbor import MAX_DEPTH
from ledger.record.dagcbor import MalformedBlockError

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_LINK_TAG = 42
_LINK = bytes((_TAG << 5 | 24, _LINK_TAG))
"""How every link begins in DAG-CBOR, which allows one form only."""

_ARGUMENT_BYTES = {24: 1, 25: 2, 26: 4, 27: 8}
_CONTAINED = {_ARRAY: 1, _MAP: 2}
"""Items that follow a head, per unit of its argument."""


class UnknownCodecError(InvalidInputError):
    """Nothing here knows where the links are in blocks of a codec.

    Attributes:
        cid: of the block.
    """

    def __init__(self, cid: CID) -> None:
        self.cid = cid
        super().__init__(
            f"block {cid} has codec 0x{cid.codec:x}, whose links are not known here",
            hint="DAGs of dag-cbor, dag-pb and raw blocks can be followed.",
        )


def links(cid: CID, block: bytes) -> tuple[CID, ...]:
    """The CIDs that a block links to, in the order they stand in it, each as often.

    The block is not hashed here, and need not be valid in every other respect.

    Raises:
        MalformedBlockError: it is not of its codec, or a link in it is malformed; names the block.
        UnknownCodecError: its codec is another than dag-cbor, dag-pb and raw.
    """
    find = _FINDERS.get(cid.codec)
    if find is None:
        raise UnknownCodecError(cid)
    try:
        return tuple(find(block))
    except InvalidInputError as error:
        raise MalformedBlockError(f"block {cid} is malformed: {error.message}") from error


def _in_raw(_: bytes) -> Iterator[CID]:
    return iter(())


def _in_dag_cbor(block: bytes) -> Iterator[CID]:
    """Reads the heads only, since a decoder would not tell a link from bytes that look like one."""
    if _LINK not in block:
        return
    position, remaining = 0, [1]  # items still to come, per open container
    while remaining:
        remaining[-1] -= 1
        major, argument, position = _head(block, position)
        if major == _TAG:
            link, position = _link(block, argument, position)
            yield link
        elif major in {_BYTES, _TEXT}:
            position += argument
        elif major in _CONTAINED:
            _enter(remaining, argument * _CONTAINED[major])
        while remaining and not remaining[-1]:
            remaining.pop()
    if position != len(block):
        raise MalformedBlockError("cut off, or bytes follow its value")


def _enter(remaining: list[int], items: int) -> None:
    remaining.append(items)
    if len(remaining) > MAX_DEPTH + 1:
        raise MalformedBlockError(f"nested more than {MAX_DEPTH} deep")


def _head(block: bytes, position: int) -> tuple[int, int, int]:
    """Major type and argument of the item at a position, and the position after both."""
    if position >= len(block):
        raise MalformedBlockError("cut off")
    major, argument = block[position] >> 5, block[position] & 0x1F
    position += 1
    width = _ARGUMENT_BYTES.get(argument, 0)
    if width:
        argument = int.from_bytes(block[position : position + width], "big")
    elif argument > max(_ARGUMENT_BYTES):
        raise MalformedBlockError("a value of indefinite length")
    return major, argument, position + width


def _link(block: bytes, tag: int, position: int) -> tuple[CID, int]:
    if tag != _LINK_TAG:
        raise MalformedBlockError(f"tag {tag} is not of DAG-CBOR")
    major, length, start = _head(block, position)
    end = start + length
    if major != _BYTES or end > len(block) or block[start : start + 1] != b"\0":
        raise MalformedBlockError("a link is not a CID after a zero")
    cid, after = CID.read(block[:end], start + 1)
    if after != end:
        raise MalformedBlockError("bytes follow the CID of a link")
    return cid, end


_FINDERS: Mapping[int, Callable[[bytes], Iterator[CID]]] = {RAW: _in_raw, DAG_CBOR: _in_dag_cbor}
