"""Removing the blocks of a DAG, and no others.

Whoever anchors a batch chooses what it links to: pages, manifests and reports of others too. What
goes with a DAG is therefore never all that lies below it, but what nothing that is kept needs.
"""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator

from ledger.peers.anchored import BATCH
from ledger.peers.anchored import AnchoredDAG
from ledger.peers.anchored import AnchoredDAGs
from ledger.peers.book import Book
from ledger.peers.shape import Shape
from ledger.peers.shape import links_of
from ledger.record.cid import Digest
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import BlockStore
from ledger.store.blocks import CorruptBlockError
from ledger.store.blocks import PinningStore


class Remover:
    """Removes DAGs, as long as nothing else changes what is kept.

    Args:
        dags: what the index says.
        book: what is kept.
        store: the local store.
    """

    def __init__(self, dags: AnchoredDAGs, book: Book, store: BlockStore) -> None:
        self._dags = dags
        self._book = book
        self._store = store
        self._kept = book.kept.all()
        whole = {dag.digest: dag for dag in dags.whole() if dag.digest in self._kept}
        self._needed = Counter(digest for dag in whole.values() for digest in self._own(dag))

    def remove(self, dag: AnchoredDAG, why: str) -> None:
        """Say first that it is not here, then remove it: nobody is promised what is half gone."""
        self._book.kept.drop([dag.digest], why)
        if isinstance(self._store, PinningStore):
            self._store.unpin(dag.digest)
        inner, leaves = blocks_of(self._store, dag.digest, dag.shape)
        if dag.digest in self._kept:
            self._needed.subtract(self._own(dag))
            self._kept.discard(dag.digest)
        below = [*leaves, *inner]
        shared = {digest for digest in below if self._needed[digest] > 0}
        shared |= self._dags.held_by_others(below, dag.batch, self._kept)
        gone = [digest for digest in below if digest not in shared]
        self._store.discard(gone)
        self._book.checks.gone(gone)

    def _own(self, dag: AnchoredDAG) -> set[Digest]:
        """The blocks of a DAG, apart from records: the index knows where those are."""
        inner, leaves = blocks_of(self._store, dag.digest, dag.shape)
        return set(inner) if dag.kind == BATCH else {*inner, *leaves}


def blocks_of(store: BlockStore, root: Digest, shape: Shape) -> tuple[list[Digest], list[Digest]]:
    """The blocks of a DAG that is in a store: those with links, and the leaves.

    What is missing or damaged has no links; a DAG that is half gone can so be removed to its end.
    """
    inner = {root: None}
    level = [root]
    for _ in range(shape.depth - 1):
        level = list(dict.fromkeys(_links(store, level)))
        inner |= dict.fromkeys(level)
    return list(inner), list(dict.fromkeys(_links(store, level)))


def _links(store: BlockStore, digests: Iterable[Digest]) -> Iterator[Digest]:
    for digest in digests:
        try:
            yield from links_of(store.get(digest))
        except (BlockNotFoundError, CorruptBlockError):
            continue
