"""Gets what the ledger holds onto this node, and tells others what is here.

The index says which DAGs are missing; they are fetched in the background; the index then reads
them. So nothing is shown that was not verified.
"""

import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence

from ledger.peers.anchored import AnchoredDAG
from ledger.peers.anchored import AnchoredDAGs
from ledger.peers.assembly import Assembly
from ledger.peers.book import Book
from ledger.peers.fetcher import Fetcher
from ledger.peers.finding import Finder
from ledger.peers.gossip import Gossip
from ledger.peers.policy import KeepPolicy
from ledger.record.cid import Digest
from ledger.store.blocks import BlockStore
from ledger.store.blocks import PinningStore

_SMALL_RECORDS = 100
_MANY = 8
"""So many DAGs of so few records are fetched together."""

_RECORDS_TOGETHER = 4_000
"""About two requests for records, so that what came is read soon and several threads have work."""

_TELL_SECONDS = 1.0
"""Between two times that peers are told what is new here."""


class Replicator:
    """Sees to it that what should be here comes here.

    Args:
        dags: what the index says.
        book: what is known of peers.
        store: where blocks go.
        policy: what is kept.
        finder: says who may have a DAG.
        gossip: tells peers what is here.
        clock: gives Unix time.
    """

    def __init__(
        self,
        *,
        dags: AnchoredDAGs,
        book: Book,
        store: BlockStore,
        policy: KeepPolicy,
        finder: Finder,
        gossip: Gossip,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._dags = dags
        self._book = book
        self._store = store
        self._policy = policy
        self._gossip = gossip
        self._clock = clock
        self._fetcher = Fetcher(book, store, finder, self._note_arrival)
        self._lock = threading.Lock()
        self._arrived: list[Digest] = []
        self._arrivals = 0
        self._noted: tuple[int, tuple[int, int], int] | None = None
        self._lost: Sequence[AnchoredDAG] = ()
        self._untold: list[Digest] = []
        self._told_at = 0.0
        self._tell_arrival: Callable[[], None] = lambda: None

    def stop(self) -> None:
        """Blame nobody from now on: requests are about to be broken off."""
        self._fetcher.stop()

    def close(self) -> None:
        """Give up what is under way; it goes on from there next time."""
        self._fetcher.close()

    def step(self) -> None:
        """Begin to fetch what is missing and due; note, and tell peers, what is whole.

        What was tried least comes first: a publisher who withholds thousands of batches does not
        hold up the others.
        """
        self._note_whole()
        missing = self._missing()
        self._note_missing(missing.values())
        now = self._clock()
        small: list[AnchoredDAG] = []
        for want in sorted(self._book.wants.all(), key=lambda want: want.attempts):
            dag = missing.get(want.digest)
            if dag is None or not want.is_due(now, dag.shape.blocks):
                continue
            if want.attempts or dag.records > _SMALL_RECORDS:
                self._fetcher.begin(dag)
            else:
                small.append(dag)
        self._begin_small(small)
        self._tell(now)

    def take_arrived(self) -> list[Digest]:
        """Roots of what came since this was last asked for: the index can read it."""
        with self._lock:
            arrived, self._arrived = self._arrived, []
        return arrived

    def on_arrival(self, told: Callable[[], None]) -> None:
        """Say whom to tell that something came which the index can read now."""
        self._tell_arrival = told

    def wake(self) -> None:
        """Say that there is something to look at."""
        self._tell_arrival()

    def _begin_small(self, dags: Sequence[AnchoredDAG]) -> None:
        """One by one while they are few, which is quickest; together where they are many."""
        if len(dags) < _MANY:
            for dag in dags:
                self._fetcher.begin(dag)
            return
        group: list[AnchoredDAG] = []
        records = 0
        for dag in dags:
            if group and records + dag.records > _RECORDS_TOGETHER:
                self._fetcher.begin_many(group)
                group, records = [], 0
            group.append(dag)
            records += dag.records + 1
        self._fetcher.begin_many(group)

    def _missing(self) -> dict[Digest, AnchoredDAG]:
        """DAGs that should be here and are not.

        Anybody may anchor a DAG that another anchored, under a wrong number of records; what the
        largest allows is fetched.
        """
        found: dict[Digest, AnchoredDAG] = {}
        for dag in (*self._lost, *self._dags.missing()):
            known = found.get(dag.digest)
            if known is None or _size(dag) > _size(known):
                found[dag.digest] = dag
        now = self._clock()
        return {digest: dag for digest, dag in found.items() if self._policy.fetches(dag, now)}

    def _note_missing(self, missing: Iterable[AnchoredDAG]) -> None:
        wanted = {dag.digest: dag.kind for dag in missing}
        noted = {want.digest for want in self._book.wants.all()}
        if wanted.keys() - noted:
            self._book.wants.add(wanted.items())
        if noted - wanted.keys():
            self._book.wants.got(noted - wanted.keys())

    def _note_whole(self) -> None:
        """What the index has read was verified; it is kept, and others may have it.

        Should it not be here although the index has read it, because a file was lost, it is fetched
        again.
        """
        revision, arrivals = self._dags.revision(), self._arrivals
        if (revision, self._book.kept.state(), arrivals) == self._noted:
            return
        known = self._book.kept.all() | self._book.kept.dropped().keys()
        new = {dag.digest: dag for dag in self._dags.whole() if dag.digest not in known}
        here = {
            digest
            for digest, dag in new.items()
            if Assembly(self._store, digest, dag.shape).is_complete
        }
        self._hold(here)
        self._untold += self._book.kept.add(here)
        self._lost = [dag for digest, dag in new.items() if digest not in here]
        self._noted = revision, self._book.kept.state(), arrivals

    def _note_arrival(self, dags: Sequence[AnchoredDAG]) -> None:
        roots = [dag.digest for dag in dags]
        self._book.wants.arrived(roots)
        self._book.kept.again(roots)  # had one been dropped, it is here now
        with self._lock:
            self._arrived += roots
            self._arrivals += 1
        self.wake()

    def _tell(self, now: float) -> None:
        """Tell peers what is new here; where much comes, some of it at a time."""
        if self._untold and not self._told_at <= now < self._told_at + _TELL_SECONDS:
            self._gossip.tell(self._untold)
            self._untold, self._told_at = [], now

    def _hold(self, digests: Iterable[Digest]) -> None:
        """Where a store collects garbage, see that it keeps these."""
        if isinstance(self._store, PinningStore):
            for digest in digests:
                self._store.pin(digest)


def _size(dag: AnchoredDAG) -> tuple[int, int]:
    return dag.shape.depth, dag.shape.blocks
