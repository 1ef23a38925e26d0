"""Sees to it that a store which collects garbage keeps the batches of this node."""

from ledger.anchor.outbox import Outbox
from ledger.anchor.outbox.batches import BatchState
from ledger.record.cid import Digest
from ledger.store.blocks import PinningStore


class BatchKeeper:
    """Pins the batches that were built here."""

    def __init__(self, outbox: Outbox, store: PinningStore) -> None:
        self._outbox = outbox
        self._store = store
        self._pinned: set[Digest] | None = None

    def step(self) -> int:
        """Pin what is not pinned yet; returns how many batches that were.

        Raises:
            UnavailableError: the store does not answer, or lacks a block.
        """
        states: tuple[BatchState, ...] = (BatchState.BUILT, BatchState.ANCHORED)
        if self._pinned is None:
            self._pinned, states = set(self._store.pinned()), ()
        built = {batch.manifest for batch in self._outbox.batches.all(*states)}
        new = built - self._pinned
        for manifest in new:
            self._store.pin(manifest)
            self._pinned.add(manifest)
        return len(new)
