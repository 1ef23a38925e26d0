"""What goes again: batches that the policy does not keep, and what exceeds the storage budget.

A batch goes only if the index has read it, so that what it says stays. For want of room a batch
goes only if enough others hold it; own batches never go.
"""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from ledger.peers.anchored import BATCH
from ledger.peers.anchored import AnchoredDAG
from ledger.peers.anchored import AnchoredDAGs
from ledger.peers.assembly import Shape
from ledger.peers.assembly import links_of
from ledger.peers.book import Book
from ledger.peers.policy import KeepPolicy
from ledger.record.cid import Digest
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import BlockStore
from ledger.store.blocks import PinningStore

_log = structlog.get_logger(__name__)

_WITHDRAWN = frozenset({"rejected", "superseded", "revoked"})


@dataclass(frozen=True, slots=True)
class Budget:
    """How much room the blocks may take.

    Attributes:
        storage_bytes: of the block store; 0: as much as there is.
        min_copies: on so many other nodes a batch has to be before it goes for want of room.
    """

    storage_bytes: int = 0
    min_copies: int = 2


class Keeper:
    """Drops batches.

    Args:
        dags: what the index says.
        book: what is kept, here and elsewhere.
        store: the local store.
        policy: what should be kept.
        budget: how much room there is.
        own: digests of manifests that this node published.
    """

    def __init__(
        self,
        *,
        dags: AnchoredDAGs,
        book: Book,
        store: BlockStore,
        policy: KeepPolicy,
        budget: Budget,
        own: Callable[[], set[Digest]],
    ) -> None:
        self._dags = dags
        self._book = book
        self._store = store
        self._policy = policy
        self._budget = budget
        self._own = own
        self._judged = -1

    def step(self) -> int:
        """Drop what should go; returns how many batches went."""
        dropped = self._apply_policy()
        return dropped + self._make_room()

    def _apply_policy(self) -> int:
        revision = self._dags.revision()
        if not self._policy.reads_contents or revision == self._judged:
            return 0
        dropped = 0
        for dag in self._droppable():
            if not self._policy.keeps(self._dags.contents(dag.batch)):
                self._drop(dag, "the policy does not keep it")
                dropped += 1
        self._judged = revision
        return dropped

    def _make_room(self) -> int:
        most = self._budget.storage_bytes
        dropped = 0
        if not most or self._store.size_bytes() <= most:
            return dropped
        for dag in self._by_worth(self._droppable()):
            if self._store.size_bytes() <= most:
                break
            self._drop(dag, "there was no room, and others hold it")
            dropped += 1
        if self._store.size_bytes() > most:
            _log.warning(
                "the storage budget is exceeded, and nothing more can go",
                bytes=self._store.size_bytes(),
                budget=most,
            )
        return dropped

    def _droppable(self) -> list[AnchoredDAG]:
        """Kept batches of others."""
        kept, own = self._book.kept.all(), self._own()
        return [
            dag
            for dag in self._dags.whole()
            if dag.kind == BATCH and dag.digest in kept and dag.digest not in own
        ]

    def _by_worth(self, dags: list[AnchoredDAG]) -> Iterator[AnchoredDAG]:
        """Those that enough others hold: withdrawn ones first, then by copies, then the oldest."""
        copies = self._book.peers.copies([dag.digest for dag in dags])
        spare = [dag for dag in dags if copies[dag.digest] >= self._budget.min_copies]

        def worth(dag: AnchoredDAG) -> tuple[bool, int, int]:
            withdrawn = self._dags.contents(dag.batch).statuses <= _WITHDRAWN
            return not withdrawn, -copies[dag.digest], dag.anchored_at

        yield from sorted(spare, key=worth)

    def _drop(self, dag: AnchoredDAG, why: str) -> None:
        """Say first that it is not here, then remove it: nobody is promised what is half gone."""
        self._book.kept.drop([dag.digest], why)
        if isinstance(self._store, PinningStore):
            self._store.unpin(dag.digest)
        inner, leaves = blocks_of(self._store, dag.digest, dag.shape)
        kept = self._book.kept.all()
        shared = self._inner_blocks(kept)
        shared |= self._dags.held_by_others(leaves, dag.batch, kept)
        self._store.discard([digest for digest in (*leaves, *inner) if digest not in shared])
        _log.info("dropped a batch", batch=dag.batch_id, records=dag.records, why=why)

    def _inner_blocks(self, kept: set[Digest]) -> set[Digest]:
        """Manifests and pages of the batches that are kept."""
        return {
            digest
            for dag in self._dags.whole()
            if dag.kind == BATCH and dag.digest in kept
            for digest in blocks_of(self._store, dag.digest, dag.shape)[0]
        }


def blocks_of(store: BlockStore, root: Digest, shape: Shape) -> tuple[list[Digest], list[Digest]]:
    """The blocks of a DAG that is in a store: those with links, and the leaves.

    What is missing has no links; a DAG that is half gone can so be removed to its end.
    """
    inner = [root]
    level = [root]
    for _ in range(shape.depth - 1):
        level = list(dict.fromkeys(_links(store, level)))
        inner += level
    return inner, list(dict.fromkeys(_links(store, level)))


def _links(store: BlockStore, digests: list[Digest]) -> Iterator[Digest]:
    for digest in digests:
        try:
            yield from links_of(store.get(digest))
        except BlockNotFoundError:
            continue
