"""Which blocks make up one entity: a file or a part of it, or a directory without what is in it.

Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/#dag-scope-request-query-parameter
and #entity-bytes-request-query-parameter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ledger.errors import InvalidInputError
from ledger.ipld import dagpb
from ledger.ipld import unixfs
from ledger.ipld.cid import CID
from ledger.ipld.cid import DAG_PB
from ledger.ipld.cid import RAW

Follow = Callable[[CID, bytes], "list[Part]"]
"""Gives what to visit below a block."""

MAX_OFFSET = 2**63 - 1


class Part(NamedTuple):
    """A block to visit.

    Attributes:
        cid: the block.
        follow: gives what to visit below it; None if nothing is.
    """

    cid: CID
    follow: Follow | None = None


class InvalidRangeError(InvalidInputError):
    """A range of bytes is not one, or lies outside of what it is asked of."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A range of a file's bytes, both ends included.

    Attributes:
        first: place of the first byte; negative: counted from the end.
        last: place of the last byte; negative: counted from the end; None: the end.
    """

    first: int = 0
    last: int | None = None

    @classmethod
    def parse(cls, text: str) -> "ByteRange":
        """The range in ``from:to``, where ``*`` stands for the end.

        Raises:
            InvalidRangeError: it is none.
        """
        first, colon, last = text.partition(":")
        if not colon:
            raise InvalidRangeError(f"entity-bytes={text[:40]!r}: expected from:to")
        found = cls(_offset(first), None if last == "*" else _offset(last))
        if found.last is not None and (found.first < 0) == (found.last < 0):
            _require_forward(found.first, found.last)
        return found

    def within(self, size: int) -> tuple[int, int] | None:
        """First and last place in a file of a size; None if there is no byte between them.

        Raises:
            InvalidRangeError: the range begins after the last byte of a file that has any.
        """
        first = max(0, self.first + size) if self.first < 0 else self.first
        last = -1 if self.last is None else self.last
        last = min(last + size if last < 0 else last, size - 1)
        if size and first >= size:
            raise InvalidRangeError(f"the range begins at byte {first:,} of {size:,}")
        return (first, last) if first <= last else None


WHOLE = ByteRange()
"""Every byte."""


def size_of(cid: CID, block: bytes) -> int | None:
    """Bytes of the file that begins with a block; None if it begins none."""
    if cid.codec == RAW:
        return len(block)
    message = _message(cid, block)
    return message.size if message is not None and message.kind is unixfs.Kind.FILE else None


def below(cid: CID, block: bytes, span: tuple[int, int] | None) -> list[Part]:
    """What to visit below the first block of an entity.

    Args:
        cid: of the block.
        block: its bytes.
        span: first and last place of the bytes that are wanted of a file; None: none of them.

    Raises:
        MalformedNodeError: the block is no DAG-PB, or contradicts itself.
    """
    message = _message(cid, block)
    if message is None:
        return []
    if message.kind is unixfs.Kind.HAMT_SHARD:
        return _shards(cid, block)
    if message.kind is unixfs.Kind.FILE and span is not None:
        return _chunks(block, *span)
    return []


def _chunks(block: bytes, first: int, last: int) -> list[Part]:
    node = dagpb.decode(block)
    message = unixfs.parse(node)
    if message is None or message.kind not in {unixfs.Kind.FILE, unixfs.Kind.RAW}:
        raise unixfs.MalformedUnixFSError("a part of a file is no file")
    return [
        Part(link.cid, _following(link.cid, max(0, first - start), last - start))
        for link, start in unixfs.overlapping(node, message, first, last)
    ]


def _following(cid: CID, first: int, last: int) -> Follow | None:
    return None if cid.codec == RAW else lambda _, block: _chunks(block, first, last)


def _shards(_: CID, block: bytes) -> list[Part]:
    node = dagpb.decode(block)
    message = unixfs.parse(node)
    if message is None or message.kind is not unixfs.Kind.HAMT_SHARD:
        raise unixfs.MalformedUnixFSError("a shard of a directory is no shard")
    return [Part(link.cid, _shards) for link in unixfs.child_shards(node, message)]


def _message(cid: CID, block: bytes) -> unixfs.UnixFS | None:
    return unixfs.parse(dagpb.decode(block)) if cid.codec == DAG_PB else None


def _require_forward(first: int, last: int) -> None:
    if first > last:
        raise InvalidRangeError(f"entity-bytes={first}:{last} ends before it begins")


def _offset(text: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > len(str(MAX_OFFSET)):
        raise InvalidRangeError(f"entity-bytes: {text[:40]!r} is not a number")
    if int(digits) > MAX_OFFSET:
        raise InvalidRangeError(f"entity-bytes: {text} does not fit 64 bits")
    return int(text)
