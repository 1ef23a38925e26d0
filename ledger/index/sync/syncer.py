"""One step of following the chain; safe to interrupt anywhere and to run in several processes."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from web3 import Web3

from ledger.chain.deployment import Deployment
from ledger.chain.deployment import WrongLedgerError
from ledger.chain.events import Anchored
from ledger.index.database import Index
from ledger.index.rows import hex_text
from ledger.index.sync import contents
from ledger.index.sync import reports
from ledger.index.sync.chain_reader import ChainMovedError
from ledger.index.sync.chain_reader import ChainReader
from ledger.index.sync.chain_reader import ChainUnavailableError
from ledger.index.sync.chain_reader import Header
from ledger.index.sync.chain_reader import Segment
from ledger.index.sync.events import apply
from ledger.index.sync.finality import settle
from ledger.index.sync.rollback import roll_back
from ledger.index.tables import COMPLETE
from ledger.index.tables import FETCHING
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Block
from ledger.index.tables import SyncState
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

_FETCHES = 64
"""Batches, and attestations, that are looked at in one step; those tried least come first, so that
a publisher who withholds thousands of batches does not hold up the others."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a step did.

    Attributes:
        from_block: first block read; one more than ``to_block`` where nothing was new.
        to_block: the block up to which the index follows the chain.
        batches: newly anchored batches.
        records: records indexed.
        attestations: attestations whose verdicts were indexed, or found malformed.
        waiting: batches and attestations whose blocks are not all here yet.
        rolled_back_to: the common ancestor, where the chain was reorganised (-1: none was found).
    """

    from_block: int
    to_block: int
    batches: int
    records: int
    attestations: int
    waiting: int
    rolled_back_to: int | None = None


@dataclass(frozen=True, slots=True)
class _Followed:
    head: Header
    final: int
    from_block: int
    batches: int
    rolled_back_to: int | None


def _offset(tell: Progress, before: int, total: int) -> contents.Step:
    return lambda done: tell("records", before + done, total)


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
        blocks_per_read: blocks whose events are read and written at once.
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
        self._settled: tuple[Header, int, int] | None = None

    def step(self, *, progress: Progress | None = None) -> SyncResult:
        """Catch up with the chain, then with the blocks.

        Raises:
            WrongLedgerError: index, endpoint and deployment do not belong together.
            UnavailableError: the chain does not answer; the next step goes on where this stopped.
        """
        tell = progress or _silent
        self._bind()
        followed = self._catch_up(tell)
        records = self._fetch_batches(followed.final, tell)
        attestations = self._fetch_reports(tell)
        self._settle(followed.head, followed.final)
        return SyncResult(
            followed.from_block,
            self._next_block() - 1,
            followed.batches,
            records,
            attestations,
            self._waiting(),
            followed.rolled_back_to,
        )

    def _catch_up(self, tell: Progress) -> "_Followed":
        """Follow the chain to its head, beginning again where it moves meanwhile."""
        rolled_back_to: int | None = None
        for _ in range(_RETRIES):
            try:
                head = self._reader.head()
                final = self._reader.final(self._confirmations, head=head.number)
                ancestor = self._rewind()
                if ancestor is not None:
                    rolled_back_to = min(ancestor, rolled_back_to or ancestor)
                start = self._next_block()
                batches = self._follow(head, final, tell)
            except ChainMovedError:
                continue
            return _Followed(head, final, start, batches, rolled_back_to)
        raise ChainUnavailableError(
            "the chain was reorganised again and again while it was read",
            hint="The next look at it tries again; several endpoints behind one address that "
            "disagree with each other look like this too.",
        )

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
        served = (self._reader.chain_id(), self._reader.genesis_hash())
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

    def _tip_hash(self) -> bytes | None:
        query = select(Block.hash).join(SyncState, SyncState.indexed_block == Block.number)
        with self._index.read() as connection:
            text = connection.execute(query).scalar()
        return None if text is None else bytes.fromhex(text[2:])

    def _rewind(self) -> int | None:
        """Go back to the newest block that the chain still has; None if that is where we are."""
        tip = below = self._next_block()
        while (known := self._block_before(below)) is not None:
            below, text = known
            header = self._reader.header(below)
            if header is not None and hex_text(header.hash) == text:
                return None if below == tip - 1 else self._roll_back(below)
        return None if below == tip else self._roll_back(None)

    def _block_before(self, number: int) -> tuple[int, str] | None:
        """The newest block below a number whose header is kept, and its hash."""
        query = (
            select(Block.number, Block.hash)
            .where(Block.number < number)
            .order_by(Block.number.desc())
            .limit(1)
        )
        with self._index.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else (row.number, row.hash)

    def _roll_back(self, ancestor: int | None) -> int:
        with self._index.write() as connection:
            roll_back(connection, ancestor)
        return -1 if ancestor is None else ancestor

    def _follow(self, head: Header, final: int, tell: Progress) -> int:
        """Read the chain up to the head; returns how many batches were anchored."""
        first = start = self._next_block()
        batches = 0
        while start <= head.number:
            end = min(start + self._blocks_per_read - 1, head.number)
            segment = self._reader.segment(start, end, parent=self._tip_hash(), keep_from=final + 1)
            self._write(segment)
            batches += sum(isinstance(event, Anchored) for event in segment.events)
            start = end + 1
            tell("blocks", start - first, head.number - first + 1)
        return batches

    def _write(self, segment: Segment) -> None:
        try:
            with self._index.write() as connection:
                indexed = connection.execute(select(SyncState.indexed_block)).scalar_one()
                wanted = self._deployment.from_block if indexed is None else indexed + 1
                if wanted != segment.from_block:
                    raise ChainMovedError("another process has moved the index")
                apply(connection, segment)
        except IntegrityError as error:
            raise ChainUnavailableError(
                f"the events of blocks {segment.from_block} to {segment.to_block} contradict each "
                "other or those before",
                hint="The contracts cannot have emitted them; use another RPC endpoint.",
            ) from error

    def _fetch_batches(self, final: int, tell: Progress) -> int:
        query = (
            select(Batch.id, Batch.record_count)
            .where(Batch.state == FETCHING)
            .order_by(Batch.attempts, Batch.id)
            .limit(_FETCHES)
        )
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

    def _fetch_reports(self, tell: Progress) -> int:
        query = (
            select(Attestation.id)
            .join(Batch, Batch.id == Attestation.batch)
            .where(Attestation.state == FETCHING, Batch.state == COMPLETE)
            .order_by(Attestation.attempts, Attestation.id)
            .limit(_FETCHES)
        )
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
