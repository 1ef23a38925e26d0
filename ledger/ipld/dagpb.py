"""Strict DAG-PB: the format of UnixFS files and directories.

Source: https://ipld.io/specs/codecs/dag-pb/spec/#serial-format.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.errors import InvalidInputError
from ledger.ipld import protobuf
from ledger.ipld.cid import CID
from ledger.record.dagcbor import MalformedBlockError

_DATA, _LINKS = 1, 2
_HASH, _NAME, _TSIZE = 1, 2, 3


class MalformedNodeError(MalformedBlockError):
    """Bytes are not a DAG-PB node."""


class PBLink(NamedTuple):
    """A link with its name.

    Attributes:
        cid: the block it leads to.
        name: of the entry; empty in files.
        total_size: bytes of all blocks below, as the author of the node says.
    """

    cid: CID
    name: str = ""
    total_size: int | None = None


class PBNode(NamedTuple):
    """A node.

    Attributes:
        links: in the order in which they are written.
        data: a UnixFS message, mostly; None if there is none.
    """

    links: tuple[PBLink, ...]
    data: bytes | None = None


def decode(block: bytes) -> PBNode:
    """The node in a block.

    Raises:
        MalformedNodeError: not DAG-PB; unknown, repeated or interleaved fields too.
    """
    try:
        return _node(block)
    except MalformedNodeError:
        raise
    except InvalidInputError as error:
        raise MalformedNodeError(f"not DAG-PB: {error.message}") from error


def encode(node: PBNode) -> bytes:
    """The canonical bytes of a node, its links in the order given."""
    links = b"".join(protobuf.write(_LINKS, _written(link)) for link in node.links)
    return links + (b"" if node.data is None else protobuf.write(_DATA, node.data))


def linked(block: bytes) -> Iterable[CID]:
    """The blocks that a node links to, in order.

    Raises:
        MalformedNodeError: not DAG-PB.
    """
    return [link.cid for link in decode(block).links]


def _node(block: bytes) -> PBNode:
    links: list[PBLink] = []
    data: bytes | None = None
    previous = None
    for number, value in protobuf.fields(block):
        if not isinstance(value, bytes) or number not in {_DATA, _LINKS}:
            raise MalformedNodeError(f"not DAG-PB: a node has no such field {number}")
        if number == _DATA:
            if data is not None:
                raise MalformedNodeError("not DAG-PB: a node has its data twice")
            data = value
        else:
            if links and previous == _DATA:
                raise MalformedNodeError("not DAG-PB: data stands between the links")
            links.append(_link(value))
        previous = number
    return PBNode(tuple(links), data)


def _link(message: bytes) -> PBLink:
    found = list(protobuf.fields(message))
    numbers = [field.number for field in found]
    if numbers[:1] != [_HASH] or numbers != sorted(set(numbers)) or numbers[-1] > _TSIZE:
        raise MalformedNodeError(
            "not DAG-PB: a link's fields are unknown, repeated or out of order"
        )
    given = dict(found)
    binary, name, size = given[_HASH], given.get(_NAME, b""), given.get(_TSIZE)
    if not isinstance(binary, bytes) or not isinstance(name, bytes) or isinstance(size, bytes):
        raise MalformedNodeError("not DAG-PB: a link's field has another type")
    cid, end = CID.read(binary)
    if end != len(binary):
        raise MalformedNodeError("not DAG-PB: bytes follow the CID of a link")
    try:
        return PBLink(cid, name.decode(), size)
    except UnicodeDecodeError as error:
        raise MalformedNodeError("not DAG-PB: a link's name is not UTF-8") from error


def _written(link: PBLink) -> bytes:
    size = b"" if link.total_size is None else protobuf.write(_TSIZE, link.total_size)
    return protobuf.write(_HASH, bytes(link.cid)) + protobuf.write(_NAME, link.name.encode()) + size
