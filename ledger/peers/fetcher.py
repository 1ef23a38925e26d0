"""Fetches in the background: some DAGs at once, and what came of it in the book."""

import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor

import structlog

from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError
from ledger.peers.anchored import BATCH
from ledger.peers.anchored import AnchoredDAG
from ledger.peers.assembly import Assembly
from ledger.peers.assembly import OversizedDAGError
from ledger.peers.book import Book
from ledger.peers.fetching import NobodyHasItError
from ledger.peers.fetching import fetch
from ledger.peers.fetching import fetch_many
from ledger.peers.finding import Finder
from ledger.peers.http import BusyError
from ledger.peers.http import MisbehavedError
from ledger.peers.http import NotHeldError
from ledger.peers.sources import Peer
from ledger.peers.sources import Source
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.blocks import BlockStore

_log = structlog.get_logger(__name__)

_AT_ONCE = 4
"""Fetches at once."""

_GUESSES = 3
"""Peers that are asked although nobody said that they hold a DAG. When it is new, most do not: if
each asked a dozen, they would answer little else. Others follow in the next attempt."""

_PEERS_OF_MANY = 3
"""Peers that are asked for many DAGs together, one after another."""


class Fetcher:
    """Fetches DAGs in threads of its own; a peer that holds up one holds up nothing else.

    Args:
        book: what is known of peers, and what is missing.
        store: where blocks go.
        finder: says who may have a DAG.
        arrived: told of DAGs that are here now.
    """

    def __init__(
        self,
        book: Book,
        store: BlockStore,
        finder: Finder,
        arrived: Callable[[Sequence[AnchoredDAG]], None],
    ) -> None:
        self._book = book
        self._store = store
        self._finder = finder
        self._arrived = arrived
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch")
        self._under_way: dict[Digest, Future[None]] = {}
        self._lock = threading.Lock()
        self._is_stopped = False

    def stop(self) -> None:
        """Blame nobody from now on: requests are about to be broken off."""
        self._is_stopped = True

    def close(self) -> None:
        """Give up what is under way; it goes on from there next time."""
        self.stop()
        self._pool.shutdown(cancel_futures=True)

    def begin(self, dag: AnchoredDAG) -> None:
        """Fetch a DAG, unless that is under way, or enough others are."""
        with self._lock:
            fetches = len(set(self._under_way.values()))
            if dag.digest in self._under_way or fetches >= 2 * _AT_ONCE:
                return
            future = self._pool.submit(self._fetch, dag)
            self._under_way[dag.digest] = future
        future.add_done_callback(lambda _: self._end([dag]))

    def begin_many(self, dags: Sequence[AnchoredDAG]) -> None:
        """Fetch small DAGs together, those that are not under way, unless enough others are."""
        with self._lock:
            new = [dag for dag in dags if dag.digest not in self._under_way]
            if not new or len(set(self._under_way.values())) >= 2 * _AT_ONCE:
                return
            future = self._pool.submit(self._fetch_many, new)
            self._under_way |= dict.fromkeys((dag.digest for dag in new), future)
        future.add_done_callback(lambda _: self._end(new))

    def _end(self, dags: Sequence[AnchoredDAG]) -> None:
        with self._lock:
            for dag in dags:
                self._under_way.pop(dag.digest, None)

    def _fetch_many(self, dags: Sequence[AnchoredDAG]) -> None:
        left = {dag.digest: dag for dag in dags}
        try:
            self._complete_many(left)
        except PerfledgerError as error:
            if not self._is_stopped:
                _log.warning("a fetch of many failed", problem=error.message)
                self._all_failed(left, error.message)
        except Exception as error:
            _log.exception("a fetch of many failed unexpectedly")
            self._all_failed(left, f"{type(error).__name__}: {error}")
            raise

    def _all_failed(self, roots: Iterable[Digest], problem: str) -> None:
        for root in roots:
            self._book.wants.failed(root, problem)

    def _complete_many(self, left: dict[Digest, AnchoredDAG]) -> None:
        """Ask a few peers; what they lack is left to be fetched one by one."""
        peers = [each for each in self._finder.sources(next(iter(left))) if isinstance(each, Peer)]
        problems: list[UnavailableError] = []
        for peer in peers[:_PEERS_OF_MANY]:
            assemblies = list(self._assemblies(left))
            problem = fetch_many(assemblies, peer, self._told)
            problems += [problem] if problem is not None else []
            came = [left.pop(each.root) for each in assemblies if each.is_complete]
            if came:
                _log.info("fetched many", of=peer.url, came=len(came), left=len(left))
                self._arrived(came)
            if not left or self._is_stopped:
                return
        for assembly in self._assemblies(left):
            if not assembly.is_complete:
                lacking = NobodyHasItError(assembly, problems)
                self._book.wants.failed(assembly.root, lacking.message)

    def _assemblies(self, dags: dict[Digest, AnchoredDAG]) -> Iterator[Assembly]:
        for dag in list(dags.values()):
            try:
                yield self._assembly(dag)
            except OversizedDAGError as error:
                del dags[dag.digest]
                self._book.wants.failed(dag.digest, error.message, refused=dag.shape.blocks)

    def _fetch(self, dag: AnchoredDAG) -> None:
        try:
            self._complete(dag)
        except OversizedDAGError as error:
            _log.warning("a DAG is refused", root=to_text(dag.digest), problem=error.message)
            self._book.wants.failed(dag.digest, error.message, refused=dag.shape.blocks)
        except PerfledgerError as error:
            if self._is_stopped:
                return
            if not isinstance(error, NobodyHasItError):
                _log.warning("a fetch failed", root=to_text(dag.digest), problem=error.message)
            self._book.wants.failed(dag.digest, error.message)
        except Exception as error:
            _log.exception("a fetch failed unexpectedly", root=to_text(dag.digest))
            self._book.wants.failed(dag.digest, f"{type(error).__name__}: {error}")
            raise
        else:
            if dag.kind == BATCH:
                _log.info("fetched a batch", batch=dag.batch_id, records=dag.records)
            self._arrived([dag])

    def _complete(self, dag: AnchoredDAG) -> None:
        assembly = self._assembly(dag)
        if not assembly.is_complete:
            fetch(assembly, self._finder.sources(dag.digest, others=_GUESSES), self._told)

    def _assembly(self, dag: AnchoredDAG) -> Assembly:
        """What is here of a DAG. The index reads what is whole, so damage in that is looked for."""
        assembly = Assembly(self._store, dag.digest, dag.shape)
        if assembly.is_complete and assembly.discard_damaged():
            _log.warning("damaged blocks are fetched again", root=to_text(dag.digest))
            assembly = Assembly(self._store, dag.digest, dag.shape)
        return assembly

    def _told(
        self, source: Source, problem: UnavailableError | None, blocks: int, size: int
    ) -> None:
        if blocks:
            self._book.peers.delivered(source.url, blocks, size)
        if isinstance(problem, MisbehavedError):
            _log.warning("a peer misbehaved", peer=source.url, problem=problem.message)
            self._book.peers.distrust(source.url, problem.message)
        elif problem is None or isinstance(problem, NotHeldError):
            self._book.peers.answered(source.url)
        elif isinstance(problem, BusyError):
            self._book.peers.busy(source.url, problem.pause_seconds)
        elif not self._is_stopped:
            self._book.peers.failed(source.url, problem.message)
