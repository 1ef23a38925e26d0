"""A DAG on its way into a block store: what belongs to it, what is here, what is missing.

Whoever sends blocks is a stranger, and a block that hashes right can still be one that nobody asked
for. So a block is taken only if a block already here links to it, in a DAG of bounded depth and
size; then a stranger can fill the disk with nothing but what was anchored.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from threading import Lock

from ledger.errors import InvalidInputError
from ledger.peers.shape import Shape
from ledger.peers.shape import links_of
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.store.blocks import Block
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import BlockStore
from ledger.store.blocks import CorruptBlockError

_FLUSH_BLOCKS = 2_000
_FLUSH_BYTES = 8 << 20


class OversizedDAGError(InvalidInputError):
    """A DAG links to more than what was anchored can need; nobody should fetch it."""


class UnaskedBlockError(InvalidInputError):
    """A block that belongs to nothing that is being fetched, or whose bytes are not its own."""


class Assembly:
    """One DAG, put together in a store; safe for several threads.

    What was stored before, in this process or an earlier one, counts: an interrupted fetch goes on
    where it ended.

    Args:
        store: where blocks go. Only what is there counts, not what it could fetch.
        root: the DAG's root.
        shape: how large it may be.

    Raises:
        OversizedDAGError: it links to more than its shape allows; also `add` and `flush`.
    """

    def __init__(self, store: BlockStore, root: Digest, shape: Shape) -> None:
        self.root = root
        self._store = store
        self._shape = shape
        self._lock = Lock()
        self._levels: dict[Digest, int] = {root: 0}
        self._missing: dict[Digest, None] = {}
        self._fresh: list[Block] = []
        self._fresh_bytes = 0
        self.is_new = bool(store.missing([root]))
        self._expect([root])

    def missing(self, limit: int | None = None) -> list[Digest]:
        """Blocks that are known to belong to it and are not here, in the order of their links."""
        with self._lock:
            return list(self._missing)[:limit]

    @property
    def most_blocks(self) -> int:
        """Most blocks that it may have."""
        return self._shape.blocks

    @property
    def leaves_only(self) -> bool:
        """Whether all that is missing is at the end of the links: nothing unknown is below."""
        with self._lock:
            return all(self._levels[each] == self._shape.depth for each in self._missing)

    @property
    def is_complete(self) -> bool:
        """Whether every block is here."""
        with self._lock:
            return not self._missing

    @property
    def expected(self) -> int:
        """Blocks that are known to belong to it."""
        with self._lock:
            return len(self._levels)

    def add(self, digest: Digest, data: bytes) -> bool:
        """Take a block that came; returns whether it was missing.

        Raises:
            UnaskedBlockError: it is no part of this DAG, or not what its name says.
        """
        if digest_of(data) != digest:
            raise UnaskedBlockError(f"the bytes are not those of {to_text(digest)}")
        with self._lock:
            if digest not in self._levels:
                raise UnaskedBlockError(f"{to_text(digest)} is no part of {to_text(self.root)}")
            if digest not in self._missing:
                return False
            self._fresh.append((digest, data))
            self._fresh_bytes += len(data)
            del self._missing[digest]
            if len(self._fresh) >= _FLUSH_BLOCKS or self._fresh_bytes >= _FLUSH_BYTES:
                self._flush()
            if self._levels[digest] < self._shape.depth:
                self._expect(self._children([(digest, data)]))
            return True

    def flush(self) -> None:
        """Put on disk what came.

        Raises:
            UnusableFileError: the disk does not take it; it is not lost, and counts as not here.
        """
        with self._lock:
            self._flush()

    def discard_damaged(self) -> int:
        """Hash every block that is here, and count the damaged as missing; returns how many."""
        with self._lock:
            here = [digest for digest in self._levels if digest not in self._missing]
            return len(here) - sum(1 for _ in self._sound(here))

    def _flush(self) -> None:
        if self._fresh:
            self._store.put_many(self._fresh)
            self._fresh, self._fresh_bytes = [], 0

    def _expect(self, digests: Sequence[Digest]) -> None:
        """Look which of these are here, and go on below those that are."""
        while digests:
            absent = dict.fromkeys(self._store.missing(digests))
            self._missing |= absent
            inner = [
                digest
                for digest in digests
                if digest not in absent and self._levels[digest] < self._shape.depth
            ]
            digests = self._children(self._sound(inner))

    def _sound(self, digests: Iterable[Digest]) -> Iterator[Block]:
        """Those of the blocks that are what they were; damaged ones go, and are missing."""
        for digest in digests:
            try:
                yield digest, self._store.get(digest)
            except (BlockNotFoundError, CorruptBlockError):
                self._store.discard([digest])
                self._missing[digest] = None

    def _children(self, blocks: Iterable[Block]) -> list[Digest]:
        """Blocks that these link to and that were not known of, or not so far up."""
        found: list[Digest] = []
        for digest, data in blocks:
            level = self._levels[digest] + 1
            for link in links_of(data):
                known = self._levels.get(link)
                if known is not None and known <= level:
                    continue
                if known is not None:
                    self._flush()  # what is below it is to be looked for in the store
                self._levels[link] = level
                found.append(link)
            if len(self._levels) > self._shape.blocks:
                raise OversizedDAGError(
                    f"{to_text(self.root)} links to more than {self._shape.blocks:,} blocks, which "
                    f"no such DAG needs; the last straw was {to_text(digest)}",
                    hint="Its publisher made it so. Nothing more of it is fetched.",
                )
        return found
