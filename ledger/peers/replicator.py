"""Gets what the ledger holds onto this node, and tells others what is here.

The index says which DAGs are missing; a pool of threads fetches them; the index then reads them. So
nothing is shown that was not verified, and a peer that holds up one fetch holds up nothing else.
"""

import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor

import structlog

from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError
from ledger.peers.anchored import BATCH
from ledger.peers.anchored import AnchoredDAG
from ledger.peers.anchored import AnchoredDAGs
from ledger.peers.assembly import Assembly
from ledger.peers.assembly import OversizedDAGError
from ledger.peers.book import Book
from ledger.peers.fetching import NobodyHasItError
from ledger.peers.fetching import fetch
from ledger.peers.finding import Finder
from ledger.peers.gossip import Gossip
from ledger.peers.http import MisbehavedError
from ledger.peers.http import NotHeldError
from ledger.peers.policy import KeepPolicy
from ledger.peers.sources import Source
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.blocks import BlockStore
from ledger.store.blocks import PinningStore

_log = structlog.get_logger(__name__)

_FETCHES = 4
"""DAGs that are fetched at once."""


class Replicator:
    """Fetches what is missing, in the background.

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
        self._finder = finder
        self._gossip = gossip
        self._clock = clock
        self._pool = ThreadPoolExecutor(_FETCHES, thread_name_prefix="fetch")
        self._under_way: dict[Digest, Future[None]] = {}
        self._lock = threading.Lock()
        self._noted = -1
        self._tell_arrival: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Give up what is under way; it goes on from there next time."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def step(self) -> None:
        """Begin to fetch what is missing and due; note, and tell peers, what is whole."""
        self._note_whole()
        missing = [dag for dag in self._dags.missing() if self._wants(dag)]
        self._note_missing(missing)
        due = {
            want.digest: want
            for want in self._book.wants.all()
            if not want.refused and want.next_try <= self._clock()
        }
        for dag in missing:
            if dag.digest in due:
                self._begin(dag)

    def on_arrival(self, told: Callable[[], None]) -> None:
        """Say whom to tell that something came which the index can read now."""
        self._tell_arrival = told

    def wake(self) -> None:
        """Say that there is something to look at."""
        self._tell_arrival()

    def _wants(self, dag: AnchoredDAG) -> bool:
        return self._policy.fetches(dag, self._clock())

    def _note_missing(self, missing: Sequence[AnchoredDAG]) -> None:
        wanted = {dag.digest: dag.kind for dag in missing}
        noted = {want.digest for want in self._book.wants.all()}
        if wanted.keys() - noted:
            self._book.wants.add(wanted.items())
        if noted - wanted.keys():
            self._book.wants.got(noted - wanted.keys())

    def _note_whole(self) -> None:
        """What the index has read was verified; it is kept, and others may have it."""
        revision = self._dags.revision()
        if revision == self._noted:
            return
        noted = self._book.kept.noted()
        new = {dag.digest for dag in self._dags.whole()} - noted
        here = new.difference(self._store.missing(sorted(new)))
        self._hold(here)
        kept = self._book.kept.add(here)
        self._noted = revision
        if kept:
            self._gossip.tell(kept)

    def _hold(self, digests: Iterable[Digest]) -> None:
        """Where a store collects garbage, see that it keeps these."""
        if isinstance(self._store, PinningStore):
            for digest in digests:
                self._store.pin(digest)

    def _begin(self, dag: AnchoredDAG) -> None:
        with self._lock:
            if dag.digest in self._under_way or len(self._under_way) >= 2 * _FETCHES:
                return
            future = self._pool.submit(self._fetch, dag)
            self._under_way[dag.digest] = future
        future.add_done_callback(lambda _: self._end(dag.digest))

    def _end(self, digest: Digest) -> None:
        with self._lock:
            self._under_way.pop(digest, None)

    def _fetch(self, dag: AnchoredDAG) -> None:
        try:
            assembly = Assembly(self._store, dag.digest, dag.shape)
            if not assembly.is_complete:
                fetch(assembly, self._finder.sources(dag.digest), self._told)
        except OversizedDAGError as error:
            _log.warning("a DAG is refused", root=to_text(dag.digest), problem=error.message)
            self._book.wants.failed(dag.digest, error.message, refused=True)
        except NobodyHasItError as error:
            self._book.wants.failed(dag.digest, error.message)
        except PerfledgerError as error:
            _log.warning("a fetch failed", root=to_text(dag.digest), problem=error.message)
            self._book.wants.failed(dag.digest, error.message)
        except Exception as error:
            _log.exception("a fetch failed unexpectedly", root=to_text(dag.digest))
            self._book.wants.failed(dag.digest, f"{type(error).__name__}: {error}")
            raise
        else:
            if dag.kind == BATCH:
                _log.info("fetched a batch", batch=dag.batch_id, records=dag.records)
            self._book.wants.arrived(dag.digest)
            self.wake()

    def _told(
        self, source: Source, problem: UnavailableError | None, blocks: int, size: int
    ) -> None:
        if blocks:
            self._book.peers.delivered(source.url, blocks, size)
        if problem is None:
            self._book.peers.answered(source.url)
        elif isinstance(problem, MisbehavedError):
            _log.warning("a peer misbehaved", peer=source.url, problem=problem.message)
            self._book.peers.distrust(source.url, problem.message)
        elif isinstance(problem, NotHeldError):
            self._book.peers.answered(source.url)
        else:
            self._book.peers.failed(source.url, problem.message)
