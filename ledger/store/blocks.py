"""What every block store can do."""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Protocol
from typing import runtime_checkable

from ledger.errors import UnavailableError
from ledger.record.cid import Digest
from ledger.record.cid import to_text

Block = tuple[Digest, bytes]
"""A block with the sha2-256 it is known by."""


class BlockNotFoundError(UnavailableError):
    """A block is not in the store.

    Attributes:
        digest: the block that is missing.
    """

    def __init__(self, digest: Digest) -> None:
        self.digest = digest
        super().__init__(
            f"block {to_text(digest)} is not in the store",
            hint="It may arrive with the next sync; `perfledger status` names what is missing.",
        )


class CorruptBlockError(UnavailableError):
    """The bytes of a block do not hash to its name."""

    def __init__(self, digest: Digest, source: str) -> None:
        super().__init__(
            f"block {to_text(digest)} from {source} does not match its CID",
            hint="Remove the bad copy; every other holder of the batch has the right one.",
        )


class BlockStore(Protocol):
    """Blocks by digest: what was put is on disk, and what is got was hashed."""

    def put_many(self, blocks: Iterable[Block]) -> int:
        """Keep blocks; returns how many were new. Durable when it returns."""

    def get(self, digest: Digest) -> bytes:
        """The bytes of a block.

        Raises:
            BlockNotFoundError: it is not here.
            CorruptBlockError: what is here hashes to something else.
        """

    def get_many(self, digests: Sequence[Digest]) -> Iterator[bytes]:
        """The bytes of blocks, in the order asked for; raises as `get` does."""

    def missing(self, digests: Sequence[Digest]) -> list[Digest]:
        """Those of the digests that are not here, in their order."""

    def count(self) -> int:
        """How many blocks are here."""

    def digests(self, after: Digest, limit: int) -> list[Digest]:
        """Digests of blocks that are here, above one, in their order; to look at all in pieces."""

    def discard(self, digests: Sequence[Digest]) -> int:
        """Remove blocks; returns how many were here."""

    def size_bytes(self) -> int:
        """About how much room the blocks take."""

    def close(self) -> None:
        """Release files and connections."""


@runtime_checkable
class PinningStore(BlockStore, Protocol):
    """A store whose blocks are collected as garbage unless something holds them.

    `put_many` holds what it puts, on behalf of whoever has not pinned it yet; from `pin` on, the
    batch's manifest holds it.
    """

    def pin(self, manifest: Digest) -> None:
        """Hold a batch: everything under its manifest, all of which has to be here.

        Raises:
            BlockNotFoundError: a block of it is not here; nothing is pinned.
        """

    def unpin(self, manifest: Digest) -> None:
        """No longer hold a batch; nothing happens where it is not pinned."""

    def pinned(self) -> list[Digest]:
        """The manifests that are pinned."""

    def release(self, digests: Collection[Digest]) -> None:
        """No longer hold blocks because they were put; manifests go on holding theirs."""

    def collect(self) -> int:
        """Remove what nothing holds; returns how many blocks went."""
