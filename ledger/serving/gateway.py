"""Serving blocks and DAGs to whoever asks, without being trusted.

Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/.
"""

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from ledger.errors import InvalidInputError
from ledger.errors import PerfledgerError
from ledger.ipld import entity
from ledger.ipld import paths
from ledger.ipld import varint
from ledger.ipld.car import write_car
from ledger.ipld.cid import CID
from ledger.ipld.entity import WHOLE
from ledger.ipld.entity import ByteRange
from ledger.ipld.entity import Follow
from ledger.ipld.entity import Part
from ledger.ipld.links import links
from ledger.ipld.paths import Resolved
from ledger.serving.held import HeldBlocks
from ledger.serving.held import NotHeldError
from ledger.serving.held import Withheld
from ledger.serving.limits import DEFAULTS
from ledger.serving.limits import ServingLimits
from ledger.serving.streams import StreamSlots
from ledger.serving.walk import Walk
from ledger.store.blocks import BlockStore

_log = structlog.get_logger(__name__)

_PIECE_BYTES = 64 * 1024


class Scope(StrEnum):
    """Which blocks are wanted of what a path leads to."""

    BLOCK = "block"
    ENTITY = "entity"
    ALL = "all"


class PathTooLongError(InvalidInputError):
    """A path has more segments than a request may have."""


class CutOffError(PerfledgerError):
    """A stream ended before it was complete; what was sent says so to its reader."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a CAR stream should hold of what a path leads to.

    Attributes:
        scope: which blocks.
        span: which bytes of a file, where the scope is an entity.
        duplicates: whether a block comes as often as it occurs.
    """

    scope: Scope = Scope.ALL
    span: ByteRange = WHOLE
    duplicates: bool = False


class Gateway:
    """Serves the blocks of a store.

    Args:
        store: on this machine.
        limits: what one request may cost.
        withheld: names blocks that are treated as not here.

    Attributes:
        limits: what one request may cost.
        streams: places for CAR streams.
    """

    def __init__(
        self,
        store: BlockStore,
        limits: ServingLimits = DEFAULTS,
        *,
        withheld: Withheld = lambda _: frozenset(),
    ) -> None:
        self.limits = limits
        self.streams = StreamSlots(limits.streams)
        self._held = HeldBlocks(store, withheld)

    def has(self, cid: CID) -> bool:
        """Whether the block is here; its bytes are not looked at."""
        return cid in self._held

    def block(self, cid: CID) -> bytes:
        """The bytes of a block, hashed.

        Raises:
            NotHeldError: it is not here.
        """
        return self._held.get(cid)

    def resolve(self, root: CID, segments: Sequence[str]) -> Resolved:
        """Where a path leads; the block there is here.

        Raises:
            PathTooLongError: more segments than a request may have.
            NotHeldError: a block on the way, or the last one, is not here.
            NoSuchPathError: a segment leads nowhere.
            MalformedBlockError: a block on the way is not of its codec.
        """
        if len(segments) > self.limits.path_segments:
            raise PathTooLongError(
                f"the path has {len(segments)} segments; at most {self.limits.path_segments} "
                "are followed"
            )
        found = paths.resolve(root, segments, self._held.get)
        self._held.get(found.cid)
        return found

    def car(self, found: Resolved, selection: Selection) -> Iterator[bytes]:
        """A CAR stream of what a path led to, after the blocks on the way.

        Raises:
            InvalidRangeError: the bytes asked for are not in the file. Iterating raises
                `CutOffError` where the stream breaks off.
            MalformedNodeError: the first block is not what its CID says.
        """
        follow = self._follow(found, selection)
        walk = Walk(self._held, found.cid, self.limits, duplicates=selection.duplicates)
        return _gathered(self._stream(walk, found, Part(found.cid, follow)))

    def _follow(self, found: Resolved, selection: Selection) -> Follow | None:
        if selection.scope is Scope.ALL:
            return _all_below
        if selection.scope is Scope.BLOCK or found.remainder:
            return None
        size = entity.size_of(found.cid, self._held.get(found.cid))
        span = None if size is None else selection.span.within(size)
        return lambda cid, block: entity.below(cid, block, span)

    def _stream(self, walk: Walk, found: Resolved, top: Part) -> Iterator[bytes]:
        try:
            yield from write_car([found.cid], walk.blocks(found.parents, top))
        except PerfledgerError as error:
            at = error.cid if isinstance(error, NotHeldError) else walk.at
            _log.warning("a CAR stream was cut off", block=str(at), problem=error.message)
            yield _cut_off(at)
            raise CutOffError(f"cut off at block {at}: {error.message}") from error


def _all_below(cid: CID, block: bytes) -> list[Part]:
    return [Part(link, _all_below) for link in links(cid, block)]


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces: records are small, and sending each costs as much as many."""
    waiting = bytearray()
    try:
        for piece in pieces:
            waiting += piece
            if len(waiting) >= _PIECE_BYTES:
                yield bytes(waiting)
                waiting.clear()
    except CutOffError:
        yield bytes(waiting)
        raise
    if waiting:
        yield bytes(waiting)


def _cut_off(cid: CID) -> bytes:
    """The beginning of a block that never comes: no reader can take the file for a whole one.

    Without it, a file that ends between two blocks would look complete to who receives it through
    a proxy that hides how the connection ended.
    """
    name = bytes(cid)
    return varint.encode(len(name) + 1) + name
