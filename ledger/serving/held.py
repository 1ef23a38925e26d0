"""The blocks that a node holds, by CIDs of every kind."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from ledger.errors import NotFoundError
from ledger.ipld.cid import CID
from ledger.ipld.cid import IDENTITY
from ledger.ipld.entity import Part
from ledger.record.cid import Digest
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import BlockStore
from ledger.store.blocks import CorruptBlockError

_MOST = 64
"""Blocks read ahead at once."""

_ROOM = 1 << 20
"""Bytes that are read ahead, as far as the blocks before tell how large the next ones are."""


class NotHeldError(NotFoundError):
    """A node does not hold a block.

    Attributes:
        cid: of the block.
    """

    def __init__(self, cid: CID) -> None:
        self.cid = cid
        super().__init__(
            f"block {cid} is not held by this node",
            hint="It serves what it has and fetches nothing for others; "
            "/routing/v1/providers/ names who may have it.",
        )


Withheld = Callable[[Sequence[Digest]], AbstractSet[Digest]]
"""Those of the digests that are nobody else's business."""


class HeldBlocks:
    """Blocks of a store on this machine; nothing is fetched from elsewhere to answer a stranger.

    Args:
        store: has the blocks.
        withheld: names those of them that are treated as not here.
    """

    def __init__(self, store: BlockStore, withheld: Withheld) -> None:
        self._store = store
        self._withheld = withheld

    def __contains__(self, cid: CID) -> bool:
        """Whether the block is here, its bytes not looked at."""
        if cid.hash_code == IDENTITY:
            return True
        if cid.sha256 is None or self._store.missing([cid.sha256]):
            return False
        return not self._withheld([cid.sha256])

    def get(self, cid: CID) -> bytes:
        """The bytes of a block, hashed.

        Raises:
            NotHeldError: it is not here, or the copy that is here is damaged.
        """
        ((_, data),) = self.read([Part(cid)])
        return data

    def read(self, parts: Iterable[Part]) -> Iterator[tuple[Part, bytes]]:
        """The bytes of blocks, in order; read ahead where they are small.

        Raises:
            NotHeldError: one is not here; those before it have been given.
        """
        remaining = iter(parts)
        count = 1
        while group := list(islice(remaining, count)):
            size = 0
            for part, data in zip(group, self._group(group), strict=True):
                size += len(data)
                yield part, data
            count = min(_MOST, 2 * count) if 2 * size <= _ROOM else max(1, count // 2)

    def _group(self, group: list[Part]) -> Iterator[bytes]:
        digests = [_digest(part.cid) for part in group if not _is_own(part.cid)]
        withheld = self._withheld(digests)
        stored = self._store.get_many(digests)
        for part in group:
            if _is_own(part.cid):
                yield part.cid.digest
                continue
            if _digest(part.cid) in withheld:
                raise NotHeldError(part.cid)
            try:
                yield next(stored)
            except (BlockNotFoundError, CorruptBlockError) as error:
                raise NotHeldError(part.cid) from error


def _is_own(cid: CID) -> bool:
    """Whether a CID holds its block itself."""
    return cid.hash_code == IDENTITY


def _digest(cid: CID) -> Digest:
    """What the store knows a block by; a block of another hash function is never there."""
    return cid.sha256 if cid.sha256 is not None else Digest(b"")
