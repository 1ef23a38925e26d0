"""What goes again: batches that the policy does not keep, and what exceeds the storage budget.

A batch goes only if the index has read it, so that what it says stays. For want of room a batch
goes only if enough others hold it; own batches never go. What was fetched and turned out not to be
what was anchored goes as well: it is of no use to anybody.
"""

import time
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from ledger.peers.anchored import BATCH
from ledger.peers.anchored import AnchoredDAG
from ledger.peers.anchored import AnchoredDAGs
from ledger.peers.book import Book
from ledger.peers.policy import KeepPolicy
from ledger.peers.removing import Remover
from ledger.record.cid import Digest
from ledger.store.blocks import BlockStore

_log = structlog.get_logger(__name__)

_UNWANTED = "the policy does not keep it"
_NO_ROOM = "there was no room, and others hold it"
_MALFORMED = "it is not what was anchored"


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
        clock: gives Unix time.
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
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._dags = dags
        self._book = book
        self._store = store
        self._policy = policy
        self._budget = budget
        self._own = own
        self._clock = clock
        self._judged = -1
        self._remover: Remover | None = None

    def step(self) -> int:
        """Drop what should go; returns how many DAGs went.

        Nothing goes while the index is being made anew: it does not know yet what is shared.
        """
        kept = self._book.kept.all()
        if any(dag.digest in kept for dag in self._dags.missing()):
            return 0
        self._remover = None
        self._want_again()
        return self._apply_policy() + self._drop_malformed() + self._make_room()

    def _want_again(self) -> None:
        """What was dropped and should be kept now, because policy, budget or verdicts changed."""
        dropped = self._book.kept.dropped()
        if dropped:
            self._book.kept.again(
                dag.digest
                for dag in self._dags.whole()
                if self._may_return(dropped.get(dag.digest)) and self._wants(dag)
            )

    def _may_return(self, why: str | None) -> bool:
        return why == _UNWANTED or (why == _NO_ROOM and not self._budget.storage_bytes)

    def _wants(self, dag: AnchoredDAG) -> bool:
        return self._policy.fetches(dag, self._clock()) and (
            not self._policy.reads_contents or self._policy.keeps(self._dags.contents(dag.batch))
        )

    def _apply_policy(self) -> int:
        revision, now = self._dags.revision(), self._clock()
        judges = self._policy.reads_contents and revision != self._judged
        unwanted = [
            dag
            for dag in self._droppable()
            if not self._policy.fetches(dag, now) or (judges and not self._wants(dag))
        ]
        for dag in unwanted:
            self._drop(dag, _UNWANTED)
        self._judged = revision
        return len(unwanted)

    def _drop_malformed(self) -> int:
        """What is not what was anchored; another anchor may name the same DAG, and be right."""
        refused = {want.digest for want in self._book.wants.all() if want.refused}
        missing = self._dags.missing()
        useless = {dag.digest: dag for dag in self._dags.malformed()}
        useless |= {dag.digest: dag for dag in missing if dag.digest in refused}
        right = {dag.digest for dag in (*self._dags.whole(), *missing)} - refused
        for needed in (*right, *self._book.kept.all(), *self._own()):
            useless.pop(needed, None)
        for absent in self._store.missing(list(useless)):
            del useless[absent]
        for dag in useless.values():
            self._drop(dag, _MALFORMED)
        return len(useless)

    def _make_room(self) -> int:
        most = self._budget.storage_bytes
        dropped = 0
        if not most or self._store.size_bytes() <= most:
            return dropped
        for dag in self._by_worth(self._droppable()):
            if self._store.size_bytes() <= most:
                break
            self._drop(dag, _NO_ROOM)
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
        copies = self._book.holdings.copies([dag.digest for dag in dags])
        spare = [dag for dag in dags if copies[dag.digest] >= self._budget.min_copies]
        withdrawn = self._dags.withdrawn()

        def worth(dag: AnchoredDAG) -> tuple[bool, int, int]:
            return dag.batch not in withdrawn, -copies[dag.digest], dag.anchored_at

        yield from sorted(spare, key=worth)

    def _drop(self, dag: AnchoredDAG, why: str) -> None:
        if self._remover is None:
            self._remover = Remover(self._dags, self._book, self._store)
        self._remover.remove(dag, why)
        _log.info("dropped a DAG", kind=dag.kind, batch=dag.batch_id, why=why)
