"""A store that asks others for what it does not have."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Protocol

from ledger.record.cid import Digest
from ledger.store.blocks import Block
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import BlockStore
from ledger.store.blocks import CorruptBlockError

_READ_AHEAD = 500


class BlockSource(Protocol):
    """Where blocks come from that are not here."""

    def blocks(self, digests: Sequence[Digest]) -> Iterator[Block]:
        """Those of the blocks that it has, in any order, each hashed."""


class TieredStore:
    """A local store first, then a source. What comes from the source is handed out, not kept.

    `missing`, `count` and all that changes something speak of the local store alone: what a source
    has today need not be there tomorrow.

    Args:
        local: the store.
        source: asked for what it lacks.
    """

    def __init__(self, local: BlockStore, source: BlockSource) -> None:
        self._local = local
        self._source = source

    def put_many(self, blocks: Iterable[Block]) -> int:
        """Keep blocks locally."""
        return self._local.put_many(blocks)

    def get(self, digest: Digest) -> bytes:
        """The bytes of a block, wherever they are.

        Raises:
            BlockNotFoundError: nobody has it.
        """
        try:
            return self._local.get(digest)
        except (BlockNotFoundError, CorruptBlockError):
            for _, data in self._source.blocks([digest]):
                return data
            raise

    def get_many(self, digests: Sequence[Digest]) -> Iterator[bytes]:
        """The bytes of blocks, in the order asked for, some hundreds at a time."""
        for start in range(0, len(digests), _READ_AHEAD):
            wanted = digests[start : start + _READ_AHEAD]
            missing = self._local.missing(wanted)
            if not missing:
                yield from self._whole(wanted)
                continue
            fetched = dict(self._source.blocks(missing))
            for digest in wanted:
                yield fetched[digest] if digest in fetched else self.get(digest)

    def _whole(self, digests: Sequence[Digest]) -> Iterator[bytes]:
        """Blocks that are all here, unless one is damaged."""
        given = 0
        try:
            for data in self._local.get_many(digests):
                yield data
                given += 1
        except (BlockNotFoundError, CorruptBlockError):
            for digest in digests[given:]:
                yield self.get(digest)

    def missing(self, digests: Sequence[Digest]) -> list[Digest]:
        """Those of the digests that are not here."""
        return self._local.missing(digests)

    def count(self) -> int:
        """How many blocks are here."""
        return self._local.count()

    def digests(self, after: Digest, limit: int) -> list[Digest]:
        """Digests of blocks that are here."""
        return self._local.digests(after, limit)

    def discard(self, digests: Sequence[Digest]) -> int:
        """Remove blocks from here."""
        return self._local.discard(digests)

    def size_bytes(self) -> int:
        """About how much room the blocks take here."""
        return self._local.size_bytes()

    def close(self) -> None:
        """Close the local store."""
        self._local.close()
