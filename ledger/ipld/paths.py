"""From a CID and a path to the block where the path ends.

Source: https://specs.ipfs.tech/http-gateways/path-gateway/, https://specs.ipfs.tech/unixfs/ (paths
in directories), https://ipld.io/docs/data-model/ (paths in maps and lists).
"""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.ipld import dagpb
from ledger.ipld import unixfs
from ledger.ipld.cid import CID
from ledger.ipld.cid import DAG_CBOR
from ledger.ipld.cid import DAG_PB
from ledger.record import dagcbor

MAX_BLOCK_BYTES = 2 << 20
"""What IPFS implementations exchange; the ledger's own blocks stay below half of it."""

GetBlock = Callable[[CID], bytes]


class NoSuchPathError(NotFoundError):
    """A path leads nowhere: what was reached has no such entry."""

    def __init__(self, cid: CID, segment: str) -> None:
        super().__init__(
            f"block {cid} has no entry {segment[:80]!r}",
            hint="Ask for its parent to see what is there.",
        )


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where a path led.

    Attributes:
        parents: blocks that were read on the way, in order; the last one's is not among them.
        roots: the CID reached by each segment, the path's own first; shards between are left out.
        cid: the block where the path ends.
        remainder: segments that lead to a value inside that block.
    """

    parents: tuple[CID, ...]
    roots: tuple[CID, ...]
    cid: CID
    remainder: tuple[str, ...] = ()


def resolve(root: CID, segments: Sequence[str], get: GetBlock) -> Resolved:
    """Follow a path; a block is read only where a segment leads through it.

    Raises:
        NoSuchPathError: a segment leads nowhere.
        MalformedBlockError: a block on the way is not of its codec; names it.
    """
    walk = _Walk(root, get)
    for segment in segments:
        walk.enter(segment)
    return walk.result()


class _Walk:
    """A path being followed."""

    def __init__(self, root: CID, get: GetBlock) -> None:
        self._get = get
        self._parents: list[CID] = []
        self._roots = [root]
        self._cid = root
        self._value: Any = None
        self._remainder: list[str] = []

    def enter(self, segment: str) -> None:
        """Follow one segment."""
        try:
            if self._cid.codec == DAG_PB:
                self._enter_node(segment)
            elif self._cid.codec == DAG_CBOR:
                self._enter_value(segment)
            else:
                raise NoSuchPathError(self._cid, segment)
        except InvalidInputError as error:
            message = f"block {self._cid} is malformed: {error.message}"
            raise dagcbor.MalformedBlockError(message) from error

    def result(self) -> Resolved:
        """What has been reached."""
        return Resolved(tuple(self._parents), tuple(self._roots), self._cid, tuple(self._remainder))

    def _enter_node(self, segment: str) -> None:
        node, message = self._node()
        if message is None or message.kind is unixfs.Kind.DIRECTORY:
            found = unixfs.entry(node, segment)
        elif message.kind is unixfs.Kind.HAMT_SHARD:
            found = self._enter_shards(node, message, segment)
        else:
            found = None
        if found is None:
            raise NoSuchPathError(self._cid, segment)
        self._leave_to(found.cid)

    def _enter_shards(
        self, node: dagpb.PBNode, message: unixfs.UnixFS, segment: str
    ) -> dagpb.PBLink | None:
        depth = 0
        while found := unixfs.shard_entry(node, message, segment, depth):
            link, is_entry = found
            if is_entry:
                return link
            self._parents.append(self._cid)
            self._cid = link.cid
            node, inner = self._node()
            if inner is None or inner.kind is not unixfs.Kind.HAMT_SHARD:
                raise unixfs.MalformedUnixFSError("it is no shard of the directory above it")
            message = inner
            depth += 1
        return None

    def _enter_value(self, segment: str) -> None:
        if not self._remainder:
            self._value = dagcbor.decode(self._get(self._cid), max_bytes=MAX_BLOCK_BYTES)
        self._value = _child(self._value, segment, self._cid)
        if isinstance(self._value, bytes) and (link := _link(self._value)) is not None:
            self._leave_to(link)
        else:
            self._remainder.append(segment)

    def _node(self) -> tuple[dagpb.PBNode, unixfs.UnixFS | None]:
        if self._cid.codec != DAG_PB:
            raise unixfs.MalformedUnixFSError("it is no shard of the directory above it")
        node = dagpb.decode(self._get(self._cid))
        return node, unixfs.parse(node)

    def _leave_to(self, cid: CID) -> None:
        self._parents.append(self._cid)
        self._roots.append(cid)
        self._cid = cid
        self._value = None
        self._remainder = []


def _child(value: Any, segment: str, cid: CID) -> Any:
    """What a map or list has under a segment."""
    if isinstance(value, dict) and segment in value:
        return value[segment]
    is_place = segment.isascii() and segment.isdigit() and str(int(segment[:9])) == segment
    if isinstance(value, list) and is_place and int(segment) < len(value):
        return value[int(segment)]
    raise NoSuchPathError(cid, segment)


def _link(value: bytes) -> CID | None:
    """The CID in bytes that a decoder gave, unless they are bytes and nothing else."""
    try:
        cid, end = CID.read(value)
    except InvalidInputError:
        return None
    return cid if end == len(value) else None
