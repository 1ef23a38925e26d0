"""One step of following the chain; safe to interrupt anywhere and to run in several processes."""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Executable
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from web3 import Web3

from ledger.chain.deployment import Deployment
from ledger.chain.deployment import WrongLedgerError
from ledger.chain.events import Anchored
from ledger.errors import UnavailableError
from ledger.index.database import Index
from ledger.index.rows import hex_text
from ledger.index.sync import contents
from ledger.index.sync import reports
from ledger.index.sync.answers import ChainUnavailableError
from ledger.index.sync.answers import Header
from ledger.index.sync.chain_reader import ChainMovedError
from ledger.index.sync.chain_reader import ChainReader
from ledger.index.sync.chain_reader import RangeTooLargeError
from ledger.index.sync.chain_reader import Segment
from ledger.index.sync.chain_reader import View
from ledger.index.sync.events import apply
from ledger.index.sync.finality import settle
from ledger.index.sync.rollback import replay
from ledger.index.tables import COMPLETE
from ledger.index.tables import FETCHING
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Block
from ledger.index.tables import SyncState
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.blocks import BlockStore

_LEDGER = (
    SyncState.chain_id,
    SyncState.genesis_hash,
    SyncState.registry_address,
    SyncState.validator_set_address,
    SyncState.attestations_address,
)

Progress = Callable[[str, int, int], None]
"""Told what is read (``blocks``, ``records``, ``reports``), how many are done, and of how many."""

_RETRIES = 5
"""A chain that is reorganised more often than this while it is read is not worth following now."""

_NOTHING_SHARED = -1
"""The common ancestor of two chains that have none."""

_HEADERS_AT_ONCE = 64

_FIRST_WIDTH = 64
"""Blocks in the first read of a start; more where they hold little."""

_EVENTS_AT_ONCE = 2_000
"""About as many events are read and written at once: memory does not grow with the ledger."""

_LOOKUP = 500
"""CIDs in one query."""

_FETCHES = 64
"""Batches, and attestations, that are looked at in one step; those tried least come first, so that
a publisher who withholds thousands of batches does not hold up the others."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a step did.

    Attributes:
        from_block: first block read; one more than ``to_block`` where nothing was new.
        to_block: the block up to which the index follows the chain.
        final_block: the newest final block; negative where there is none.
        batches: newly anchored batches.
        records: records indexed.
        attestations: attestations whose verdicts were indexed, or found malformed.
        waiting: batches and attestations whose blocks are not all here yet.
        rolled_back_to: the common ancestor, where the chain was reorganised (-1: none was found).
    """

    from_block: int
    to_block: int
    final_block: int
    batches: int
    records: int
    attestations: int
    waiting: int
    rolled_back_to: int | None = None


@dataclass(slots=True)
class _Followed:
    """What was done so far while the chain was followed."""

    head: Header | None = None
    final: int = -1
    from_block: int | None = None
    batches: int = 0
    rolled_back_to: int | None = None

    def note_start(self, block: int) -> None:
        if self.from_block is None or block < self.from_block:
            self.from_block = block

    def note_rollback(self, ancestor: int) -> None:
        before = self.rolled_back_to
        self.rolled_back_to = ancestor if before is None else min(before, ancestor)


def _offset(tell: Progress, before: int, total: int) -> contents.Step:
    return lambda done: tell("records", before + done, total)


def _parts(cids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (cids[start : start + _LOOKUP] for start in range(0, len(cids), _LOOKUP))


def _silent(_what: str, _done: int, _of: int) -> None:
    """Nobody is watching."""


class Sync:
    """Keeps an index up to date with one deployment.

    Args:
        index: what is kept.
        blocks: where batches, records and reports are read from.
        w3: the chain.
        deployment: the ledger's contracts.
        confirmations: blocks on top of one before it is final; None: as consensus says
            (the ``finalized`` tag).
        verdict_seconds: time for verdicts after an anchor; a vote that is split then is a dispute.
        blocks_per_read: most blocks whose events are read and written at once.
    """

    def __init__(
        self,
        index: Index,
        blocks: BlockStore,
        w3: Web3,
        deployment: Deployment,
        *,
        confirmations: int | None = 0,
        verdict_seconds: int = 7 * 86_400,
        blocks_per_read: int = 2_000,
    ) -> None:
        self._index = index
        self._blocks = blocks
        self._deployment = deployment
        self._reader = ChainReader(w3, deployment)
        self._confirmations = confirmations
        self._verdict_seconds = verdict_seconds
        self._blocks_per_read = blocks_per_read
        self._width = min(_FIRST_WIDTH, blocks_per_read)
        self._settled: tuple[Header, int, int] | None = None

    def step(
        self, *, progress: Progress | None = None, arrived: Collection[Digest] = ()
    ) -> SyncResult:
        """Catch up with the chain, then with the blocks.

        Args:
            progress: told what is read.
            arrived: manifests and reports whose blocks are known to be here now; they are read
                first, however many others are still missing.

        Raises:
            WrongLedgerError: index, endpoint and deployment do not belong together.
            UnavailableError: the chain does not answer; the next step goes on where this stopped.
        """
        tell = progress or _silent
        self._bind()
        followed = self._catch_up(tell)
        cids = [to_text(digest) for digest in arrived]
        records = self._fetch_batches(followed.final, cids, tell)
        attestations = self._fetch_reports(cids, tell)
        assert followed.head is not None
        assert followed.from_block is not None
        self._settle(followed.head, followed.final)
        return SyncResult(
            followed.from_block,
            self._next_block() - 1,
            followed.final,
            followed.batches,
            records,
            attestations,
            self._waiting(),
            followed.rolled_back_to,
        )

    def _catch_up(self, tell: Progress) -> "_Followed":
        """Follow the chain to its head, beginning again where it moves meanwhile."""
        followed = _Followed()
        for _ in range(_RETRIES):
            try:
                self._follow(followed, tell)
            except ChainMovedError:
                continue
            return followed
        raise ChainUnavailableError("it was reorganised again and again while it was read")

    def _bind(self) -> None:
        """Tie a new index to this ledger; refuse one that belongs to another."""
        deployment = self._deployment
        wanted = (deployment.chain_id, deployment.genesis_hash, *deployment.addresses)
        with self._index.read() as connection:
            found = tuple(connection.execute(select(*_LEDGER)).one())
        if found == wanted:
            return
        if found[0] is not None:
            raise WrongLedgerError(
                f"the index is of another ledger ({':'.join(map(str, found))}), "
                f"not of {':'.join(map(str, wanted))}",
                hint="Keep one index per ledger (PERFLEDGER_INDEX_URL), or rebuild this one.",
            )
        served = self._reader.identity()
        if served != wanted[:2]:
            raise WrongLedgerError(
                f"the endpoint serves chain {served[0]} (first block {served[1]}), the deployment "
                f"is on chain {wanted[0]} (first block {wanted[1]})",
                hint="Set PERFLEDGER_RPC_URL to an endpoint of the right network.",
            )
        with self._index.write() as connection:
            connection.execute(update(SyncState).values(dict(zip(_LEDGER, wanted, strict=True))))

    def _next_block(self) -> int:
        with self._index.read() as connection:
            indexed = connection.execute(select(SyncState.indexed_block)).scalar_one()
        return self._deployment.from_block if indexed is None else indexed + 1

    def _follow(self, followed: "_Followed", tell: Progress) -> None:
        """Read the chain up to the head, in as few questions as that takes."""
        first = self._next_block()
        view = self._reader.view(first, self._confirmations)
        followed.head, followed.final = view.head, view.final
        ancestor = self._fork(view)
        if ancestor is not None:
            self._replace(ancestor, first - 1, view, followed)
        elif view.next is not None:
            self._write([view.next], followed)
        followed.note_start(first)
        start = self._next_block()
        while start <= view.head.number:
            segment = self._read(start, view)
            self._write([segment], followed)
            start = segment.to_block + 1
            tell("blocks", start - first, view.head.number - first + 1)

    def _replace(self, ancestor: int, indexed: int, view: View, followed: "_Followed") -> None:
        """Put the chain's blocks in the place of those that left it, all at once."""
        start = max(ancestor + 1, self._deployment.from_block)
        followed.note_start(start)
        segments: list[Segment] = []
        while start <= min(indexed, view.head.number):
            segments.append(self._read(start, view))
            start = segments[-1].to_block + 1
        for before, after in pairwise(segments):
            if after.parent_hash != before.headers[before.to_block].hash:
                raise ChainMovedError("the chain changed between two segments")
        self._write(segments, followed, undo_after=ancestor)
        followed.note_rollback(ancestor)

    def _read(self, start: int, view: View) -> Segment:
        """As many blocks as the node gives at once and memory should hold.

        Raises:
            UnavailableError: the node failed twice in a row, or at a single block; the next read
                asks for fewer blocks.
        """
        failed = False
        while True:
            end = min(start + self._width - 1, view.head.number)
            try:
                segment = self._reader.segment(start, end, keep_from=view.final + 1)
            except RangeTooLargeError as error:
                if end == start:
                    raise ChainUnavailableError(error.message) from error
                self._width = max((end - start + 1) // 2, 1)
                continue
            except UnavailableError:
                # Proxies in front of a node end what takes it too long (504, 413, a time-out), so
                # that an outage and too wide a range look the same.
                if end == start:
                    raise
                self._width = (end - start + 1) // 2
                if failed:
                    raise
                failed = True
                continue
            if len(segment.events) > _EVENTS_AT_ONCE:
                self._width = max(self._width // 2, 1)
            elif 2 * len(segment.events) < _EVENTS_AT_ONCE:
                self._width = min(2 * self._width, self._blocks_per_read)
            return segment

    def _fork(self, view: View) -> int | None:
        """The newest block that index and chain share, where the chain left what is indexed.

        None where it did not. A node whose head is below what is indexed, and known here, lags: it
        does not say that the blocks above are gone.
        """
        shown = view.before or view.head
        known = self._known_below(shown.number + 1, 1).get(shown.number)
        if known is None or known == hex_text(shown.hash):
            return None
        below = shown.number
        while hashes := self._known_below(below, _HEADERS_AT_ONCE):
            numbers = list(hashes)
            for number, header in zip(numbers, self._reader.headers(numbers), strict=True):
                if header is not None and hex_text(header.hash) == hashes[number]:
                    return number
            below = numbers[-1]
        return _NOTHING_SHARED

    def _known_below(self, number: int, limit: int) -> dict[int, str]:
        """Hashes of the newest blocks below a number whose headers are kept, newest first."""
        query = (
            select(Block.number, Block.hash)
            .where(Block.number < number)
            .order_by(Block.number.desc())
            .limit(limit)
        )
        with self._index.read() as connection:
            return {row.number: row.hash for row in connection.execute(query)}

    def _write(
        self,
        segments: Sequence[Segment],
        followed: "_Followed",
        *,
        undo_after: int | None = None,
    ) -> None:
        """Write segments and, in the same transaction, undo what they replace."""
        try:
            with self._index.write() as connection:
                if undo_after is None:
                    for segment in segments:
                        self._require_next(connection, segment)
                        apply(connection, segment)
                else:
                    replay(connection, undo_after, segments)
        except IntegrityError as error:
            raise ChainUnavailableError(
                f"the events of blocks {segments[0].from_block} to {segments[-1].to_block} "
                "contradict each other or those before; the contracts cannot have emitted them"
            ) from error
        followed.batches += sum(
            isinstance(event, Anchored) for segment in segments for event in segment.events
        )

    def _require_next(self, connection: Connection, segment: Segment) -> None:
        """Refuse a segment that does not follow on what is indexed."""
        tip = connection.execute(
            select(SyncState.indexed_block, Block.hash).join(
                Block, Block.number == SyncState.indexed_block, isouter=True
            )
        ).one()
        indexed, tip_hash = tip
        wanted = self._deployment.from_block if indexed is None else indexed + 1
        if segment.from_block != wanted:
            raise ChainMovedError("another process has moved the index")
        if tip_hash is not None and hex_text(segment.parent_hash) != tip_hash:
            raise ChainMovedError("the chain changed between two segments")

    def _fetch_batches(self, final: int, arrived: Sequence[str], tell: Progress) -> int:
        """Index batches whose blocks are here; returns how many records that were."""
        query = select(Batch.id, Batch.record_count).where(Batch.state == FETCHING)
        least_tried = query.order_by(Batch.attempts, Batch.id).limit(_FETCHES)
        indexed = 0
        for part in _parts(arrived):
            indexed += self._ingest(query.where(Batch.manifest_cid.in_(part)), final, tell)
        return indexed + self._ingest(least_tried, final, tell)

    def _ingest(self, query: Executable, final: int, tell: Progress) -> int:
        with self._index.read() as connection:
            waiting = connection.execute(query).all()
        total = sum(row.record_count for row in waiting)
        indexed = before = 0
        for row in waiting:
            indexed += contents.ingest(
                self._index,
                self._blocks,
                row.id,
                self._deployment.submission_domain,
                _offset(tell, before, total),
                final=final,
            )
            before += row.record_count
        return indexed

    def _fetch_reports(self, arrived: Sequence[str], tell: Progress) -> int:
        """Index reports whose blocks are here, of whole batches; returns how many."""
        query = (
            select(Attestation.id)
            .join(Batch, Batch.id == Attestation.batch)
            .where(Attestation.state == FETCHING, Batch.state == COMPLETE)
        )
        least_tried = query.order_by(Attestation.attempts, Attestation.id).limit(_FETCHES)
        settled = 0
        for part in _parts(arrived):
            settled += self._ingest_reports(query.where(Attestation.report_cid.in_(part)), tell)
        while found := self._ingest_reports(least_tried, tell):
            settled += found
        return settled

    def _ingest_reports(self, query: Executable, tell: Progress) -> int:
        with self._index.read() as connection:
            waiting = connection.execute(query).scalars().all()
        settled = 0
        for done, key in enumerate(waiting, start=1):
            settled += reports.ingest(
                self._index, self._blocks, key, self._deployment.verdict_domain
            )
            tell("reports", done, len(waiting))
        return settled

    def _settle(self, head: Header, final: int) -> None:
        if self._settled == (head, final, self._index.revision()):
            return
        with self._index.write() as connection:
            settle(connection, head, final, verdict_seconds=self._verdict_seconds)
        self._settled = (head, final, self._index.revision())

    def _waiting(self) -> int:
        with self._index.read() as connection:
            return sum(
                connection.execute(
                    select(func.count()).select_from(table).where(table.state == FETCHING)
                ).scalar_one()
                for table in (Batch, Attestation)
            )
