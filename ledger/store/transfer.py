"""DAGs out of a block store and into one, as CAR files."""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from itertools import chain
from typing import BinaryIO

from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.ipld.car import CARBlock
from ledger.ipld.car import CARLimits
from ledger.ipld.car import CARReader
from ledger.ipld.car import write_car
from ledger.ipld.cid import CID
from ledger.ipld.cid import IDENTITY
from ledger.ipld.links import UnknownCodecError
from ledger.ipld.links import links
from ledger.ipld.traversal import walk
from ledger.record.cid import Digest
from ledger.store.blocks import Block
from ledger.store.blocks import BlockStore

LIMITS = CARLimits()

Progress = Callable[[CARBlock], None]
"""Told each block that went over."""


@dataclass(slots=True)
class Imported:
    """What came out of a CAR file.

    Attributes:
        roots: as its header has them.
        blocks: how many it held, each counted as often as it was there.
        new: how many of them were not here before.
        missing: how many blocks it links to that are neither in it nor here, roots among them.
        problem: what is wrong with it, naming the block; empty if nothing is. Blocks before that
            one are kept, since each was hashed; nothing after it was looked at.
    """

    roots: tuple[CID, ...] = ()
    blocks: int = 0
    new: int = 0
    missing: int = 0
    problem: str = ""


def export_car(
    store: BlockStore, root: CID, progress: Progress = lambda _: None
) -> Iterator[bytes]:
    """The DAG under a root as a CAR file, in pieces; depth first, each block once.

    Raises:
        BlockNotFoundError: a block is not here. That the root is here is known before the first
            piece is given.
        MalformedBlockError: a block is not what its codec says.
    """
    blocks = walk(root, lambda cid: store.get(_digest(cid)))
    first = next(blocks, None)

    def told() -> Iterator[CARBlock]:
        for block in blocks if first is None else chain((first,), blocks):
            yield block
            progress(block)

    return write_car([root], told())


def import_car(
    store: BlockStore,
    stream: BinaryIO,
    progress: Progress = lambda _: None,
    limits: CARLimits = LIMITS,
) -> Imported:
    """Keep the blocks of a CAR file, which may be a stranger's.

    Raises:
        UnavailableError: the store cannot keep them.
    """
    found = _Reading(progress)
    found.result.new = store.put_many(found.blocks(stream, limits))
    found.result.missing = len(store.missing(list(found.needed)))
    return found.result


@dataclass
class _Reading:
    progress: Progress
    result: Imported = field(default_factory=Imported)
    needed: set[Digest] = field(default_factory=set)

    def blocks(self, stream: BinaryIO, limits: CARLimits) -> Iterator[Block]:
        """Good blocks, up to the first that is not; those before it are not to be lost with it."""
        try:
            reader = CARReader(stream, limits)
            self.result.roots = reader.roots
            self._need(reader.roots)
            for block in reader:
                self._need(_links(block))
                self.result.blocks += 1
                if block.cid.hash_code != IDENTITY:  # that is in its CID, and needs no keeping
                    yield _digest(block.cid), block.data
                self.progress(block)
        except InvalidInputError as error:
            self.result.problem = error.message

    def _need(self, cids: tuple[CID, ...]) -> None:
        self.needed.update(cid.sha256 for cid in cids if cid.sha256 is not None)


def _links(block: CARBlock) -> tuple[CID, ...]:
    try:
        return links(block.cid, block.data)
    except UnknownCodecError:
        return ()


def _digest(cid: CID) -> Digest:
    if cid.sha256 is None:
        raise NotFoundError(
            f"block {cid} is named by another hash than sha2-256",
            hint="Stores here keep blocks by their sha2-256 only.",
        )
    return cid.sha256
