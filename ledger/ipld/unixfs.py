"""UnixFS: files and directories in DAG-PB.

Nothing here reads a block. What a node says of its children is all that is needed to find an entry
of a directory, or the part of a file that holds a range of bytes.

Source: https://specs.ipfs.tech/unixfs/.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import mmh3

from ledger.errors import InvalidInputError
from ledger.ipld import protobuf
from ledger.ipld import varint
from ledger.ipld.dagpb import MalformedNodeError
from ledger.ipld.dagpb import PBLink
from ledger.ipld.dagpb import PBNode

MURMUR3_X64_64 = 0x22
"""The hash function of HAMT directories, by multicodec number."""

FANOUTS = frozenset({8, 16, 32, 64, 128, 256, 512, 1024})
"""Places that a HAMT shard may have, as go-unixfsnode has it."""

_KIND, _DATA, _FILE_SIZE, _BLOCK_SIZES, _HASH_TYPE, _FANOUT = 1, 2, 3, 4, 5, 6


class Kind(IntEnum):
    """What a node is."""

    RAW = 0
    DIRECTORY = 1
    FILE = 2
    METADATA = 3
    SYMLINK = 4
    HAMT_SHARD = 5


class MalformedUnixFSError(MalformedNodeError):
    """A DAG-PB node's data is not a UnixFS message, or contradicts its links."""


@dataclass(frozen=True, slots=True)
class UnixFS:
    """A UnixFS message.

    Attributes:
        kind: what the node is.
        data: bytes of the file that are in the node itself, or a bit field of a HAMT shard.
        file_size: bytes of the file below this node, as its author says; None if it says nothing.
        block_sizes: bytes of the file below each link.
        hash_type: hash function of a HAMT shard, by multicodec number.
        fanout: places in a HAMT shard.
    """

    kind: Kind
    data: bytes = b""
    file_size: int | None = None
    block_sizes: tuple[int, ...] = ()
    hash_type: int | None = None
    fanout: int = 0

    @property
    def size(self) -> int:
        """Bytes of the file that the node and what it links to hold."""
        return len(self.data) + sum(self.block_sizes)


def parse(node: PBNode) -> UnixFS | None:
    """What a DAG-PB node is in UnixFS; None if it has no data or is of no kind known here.

    Raises:
        MalformedUnixFSError: the message contradicts itself or the node's links.
    """
    if node.data is None:
        return None
    try:
        message = _message(node.data)
    except InvalidInputError:
        return None
    if message is not None and message.kind in {Kind.FILE, Kind.RAW}:
        _require_sizes(node, message)
    if message is not None and message.kind is Kind.HAMT_SHARD:
        _require_hamt(message)
    return message


def encode(message: UnixFS) -> bytes:
    """The bytes of a message, as Kubo writes them: numbers that repeat are not packed."""
    fields = [(_KIND, int(message.kind))]
    optional: list[tuple[int, int | bytes | None]] = [
        (_DATA, message.data or None),
        (_FILE_SIZE, message.file_size),
        *((_BLOCK_SIZES, size) for size in message.block_sizes),
        (_HASH_TYPE, message.hash_type),
        (_FANOUT, message.fanout or None),
    ]
    present = [(number, value) for number, value in optional if value is not None]
    return b"".join(protobuf.write(number, value) for number, value in [*fields, *present])


def overlapping(
    node: PBNode, message: UnixFS, first: int, last: int
) -> Iterator[tuple[PBLink, int]]:
    """Links below which bytes `first` to `last` (inclusive) lie, and where each begins."""
    start = len(message.data)
    for link, size in zip(node.links, message.block_sizes, strict=True):
        if start <= last and start + size > first:
            yield link, start
        start += size


def child_shards(node: PBNode, message: UnixFS) -> list[PBLink]:
    """The links of a HAMT shard that lead to further shards, not to entries."""
    width = _width(message)
    return [link for link in node.links if len(link.name) == width]


def entry(node: PBNode, name: str) -> PBLink | None:
    """The entry of a name in a directory that is one node, or the link of a name of any node."""
    return next((link for link in node.links if link.name == name), None)


def shard_entry(node: PBNode, message: UnixFS, name: str, depth: int) -> tuple[PBLink, bool] | None:
    """Where a HAMT shard leads for a name: a link, and whether it is the entry itself.

    Args:
        node: the shard.
        message: what it says of itself.
        name: of the entry.
        depth: shards above this one.

    Returns:
        None if there is no such entry.
    """
    bits = message.fanout.bit_length() - 1
    hashed = mmh3.hash64(name.encode(), signed=False)[0]
    shift = 64 - bits * (depth + 1)
    if shift < 0:
        return None
    width = _width(message)
    prefix = f"{(hashed >> shift) & (message.fanout - 1):0{width}X}"
    for link in node.links:
        if link.name == prefix:
            return link, False
        if link.name == prefix + name:
            return link, True
    return None


def _message(data: bytes) -> UnixFS | None:
    single: dict[int, int | bytes] = {}
    sizes: list[int] = []
    for number, value in protobuf.fields(data):
        if number == _BLOCK_SIZES:
            sizes += [value] if isinstance(value, int) else _packed(value)
        else:
            single[number] = value
    content = single.get(_DATA, b"")
    numbers = {number: single.get(number) for number in (_KIND, _FILE_SIZE, _HASH_TYPE, _FANOUT)}
    kind, file_size, hash_type, fanout = (
        value if isinstance(value, int) else None for value in numbers.values()
    )
    if kind is None or kind not in set(Kind) or not isinstance(content, bytes):
        return None
    return UnixFS(Kind(kind), content, file_size, tuple(sizes), hash_type, fanout or 0)


def _packed(value: bytes) -> list[int]:
    sizes: list[int] = []
    position = 0
    while position < len(value):
        size, position = varint.decode(value, position)
        sizes.append(size)
    return sizes


def _require_sizes(node: PBNode, message: UnixFS) -> None:
    if len(message.block_sizes) != len(node.links):
        raise MalformedUnixFSError(
            f"a UnixFS file has {len(node.links)} links and {len(message.block_sizes)} sizes"
        )


def _require_hamt(message: UnixFS) -> None:
    if message.hash_type != MURMUR3_X64_64 or message.fanout not in FANOUTS:
        raise MalformedUnixFSError(
            f"a HAMT directory has hash function {message.hash_type} and fanout {message.fanout}; "
            f"murmur3-x64-64 and a power of two from {min(FANOUTS)} to {max(FANOUTS)} are known"
        )


def _width(message: UnixFS) -> int:
    """Hexadecimal digits before the name of each entry."""
    return len(f"{message.fanout - 1:X}")
