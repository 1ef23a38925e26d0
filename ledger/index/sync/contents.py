"""Brings the records of an anchored batch into the index.

A batch is read outside of any transaction and written in small ones, so that nobody waits long for
the index while a large batch comes in. An interrupted run goes on where it stopped: positions are
written in order.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from itertools import repeat
from typing import Any
from typing import NamedTuple

from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection

from ledger.anchor.batch import Batch as AnchoredBatch
from ledger.anchor.manifest import MalformedBatchError
from ledger.anchor.manifest import read_batch
from ledger.errors import InvalidInputError
from ledger.errors import UnavailableError
from ledger.index.claims import claimed
from ledger.index.claims import elect
from ledger.index.claims import yield_to_anchored
from ledger.index.database import Index
from ledger.index.rows import columns_of
from ledger.index.rows import hex_text
from ledger.index.sync.finality import forget_pending
from ledger.index.sync.promotion import Claim
from ledger.index.sync.promotion import promotable
from ledger.index.sync.promotion import promote
from ledger.index.sync.statuses import recompute
from ledger.index.tables import COMPLETE
from ledger.index.tables import FETCHING
from ledger.index.tables import LEAVES
from ledger.index.tables import MALFORMED
from ledger.index.tables import Batch
from ledger.index.tables import Envelope
from ledger.index.tables import Record
from ledger.index.tables import Submission
from ledger.index.tables import SyncState
from ledger.index.tables import Undecodable
from ledger.index.views import LedgerStatus
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.cid import from_text
from ledger.record.cid import to_text
from ledger.record.eip712 import Domain
from ledger.record.envelope import is_envelope
from ledger.record.envelope import unwrap
from ledger.store.blocks import BlockStore

RECORDS_PER_TRANSACTION = 10_000
"""About half a second of work."""

Step = Callable[[int], None]
"""Told the number of records done."""


class BatchGoneError(UnavailableError):
    """The batch was rolled back, or finished by another process, while it was read."""


@dataclass(frozen=True, slots=True)
class _Place:
    batch: int
    submission: int
    contributor: str | None


class _Leaf(NamedTuple):
    position: int
    digest: Digest
    place: _Place


def ingest(
    index: Index, store: BlockStore, key: int, domain: Domain, step: Step, *, final: int
) -> int:
    """Index the records of a batch that is being fetched; returns how many.

    A batch whose blocks are not all here stays ``fetching`` with the reason; one that is not what
    was anchored becomes ``malformed`` with the reason.
    """
    with index.read() as connection:
        row = connection.execute(
            select(Batch).where(Batch.id == key, Batch.state == FETCHING)
        ).one_or_none()
        known = connection.execute(select(SyncState.final_block)).scalar_one_or_none()
    if row is None:
        return 0
    final = final if known is None else max(final, known)  # a node that lags takes nothing back
    try:
        batch = _read(store, row, domain)
        return _write(index, store, row, batch, step, is_final=row.block_number <= final)
    except BatchGoneError:
        return 0
    except UnavailableError as error:
        _give_up(index, row, FETCHING, error.message)
    except InvalidInputError as error:
        _give_up(index, row, MALFORMED, error.message)
    return 0


def _read(store: BlockStore, row: Any, domain: Domain) -> AnchoredBatch:
    batch = read_batch(store, from_text(row.manifest_cid))
    if hex_text(batch.root) != row.root:
        raise MalformedBatchError("the manifest holds another batch than was anchored (root)")
    if batch.count != row.record_count:
        raise MalformedBatchError(
            f"the manifest holds {batch.count:,} records where {row.record_count:,} were anchored"
        )
    if batch.domain != domain:
        raise MalformedBatchError("the batch was made for another ledger")
    missing = store.missing(batch.records())
    if missing:
        raise UnavailableError(
            f"{len(missing):,} of {batch.count:,} records are not here yet; "
            f"the first is {to_text(missing[0])}"
        )
    return batch


def _write(
    index: Index, store: BlockStore, row: Any, batch: AnchoredBatch, step: Step, *, is_final: bool
) -> int:
    with index.write() as connection:
        _require_unfinished(connection, row)
        places = _places(connection, row.id, batch)
        done = _done(connection, row.id)
    records = batch.records()
    for start in range(done, len(records), RECORDS_PER_TRANSACTION):
        leaves = [
            _Leaf(position, records[position], places[position])
            for position in range(start, min(start + RECORDS_PER_TRANSACTION, len(records)))
        ]
        claims = _promotable(index, leaves) if is_final else []
        taken = {digest for _, digest, _ in claims}
        rows = _decode(store, [leaf for leaf in leaves if leaf.digest not in taken])
        with index.write() as connection:
            _require_unfinished(connection, row)
            if _done(connection, row.id) != start:
                raise BatchGoneError("another process indexes this batch")
            if not promote(connection, row.id, claims):
                raise BatchGoneError("pending records changed meanwhile")
            _insert(connection, rows)
        step(start + len(leaves))
    with index.write() as connection:
        _require_unfinished(connection, row)
        undecodable = connection.execute(
            select(func.count()).select_from(Undecodable).where(Undecodable.batch == row.id)
        ).scalar_one()
        connection.execute(
            update(Batch)
            .where(Batch.id == row.id)
            .values(
                state=COMPLETE,
                problem="",
                submissions=len(batch.submissions),
                undecodable=undecodable,
            )
        )
        if is_final:
            forget_pending(connection, Batch.id == row.id)
        recompute(connection, [row.id])
        _elect_withdrawn(connection, row.id)
    return len(records) - done


def _places(connection: Connection, key: int, batch: AnchoredBatch) -> Sequence[_Place]:
    """Where each record of the batch belongs, in the batch's order; submissions are kept once."""
    valid = [submission.is_signed(batch.domain) for submission in batch.submissions]
    query = select(Submission.id).where(Submission.batch == key).order_by(Submission.position)
    keys = list(connection.execute(query).scalars())
    if not keys:
        connection.execute(
            insert(Submission),
            [
                {
                    "batch": key,
                    "position": position,
                    "contributor": submission.contributor,
                    "root": hex_text(submission.root),
                    "record_count": submission.count,
                    "signature": hex_text(submission.signature),
                    "signature_valid": valid[position],
                }
                for position, submission in enumerate(batch.submissions)
            ],
        )
        keys = list(connection.execute(query).scalars())
    return list(
        chain.from_iterable(
            repeat(
                _Place(key, keys[n], submission.contributor if valid[n] else None), submission.count
            )
            for n, submission in enumerate(batch.submissions)
        )
    )


def _promotable(index: Index, leaves: Sequence[_Leaf]) -> list[Claim]:
    with index.read() as connection:
        found = promotable(
            connection,
            [leaf.digest for leaf in leaves],
            [leaf.place.contributor for leaf in leaves],
        )
    return [
        (leaf.position, leaf.digest, leaf.place.submission)
        for leaf in leaves
        if leaf.digest in found
    ]


class _Rows(NamedTuple):
    records: list[dict[str, Any]]
    envelopes: list[dict[str, Any]]
    faults: list[dict[str, Any]]


def _decode(store: BlockStore, leaves: Sequence[_Leaf]) -> _Rows:
    """Rows of the records, of the envelopes, and of the leaves that are neither."""
    rows = _Rows([], [], [])
    blocks: Iterator[bytes] = store.get_many([leaf.digest for leaf in leaves])
    for leaf, block in zip(leaves, blocks, strict=True):
        position, digest, place = leaf
        if is_envelope(block):
            _decode_envelope(leaf, block, rows)
            continue
        try:
            columns = columns_of(codec.decode(block))
        except (InvalidInputError, OverflowError) as error:
            rows.faults.append(_fault(leaf, error))
            continue
        columns["digest"] = digest
        columns["batch"] = place.batch
        columns["submission"] = place.submission
        columns["position"] = position
        columns["contributor"] = place.contributor
        columns["status"] = LedgerStatus.ANCHORED.value
        columns["accepted"] = columns["rejected"] = 0
        columns["listed"] = True
        rows.records.append(columns)
    return rows


def _decode_envelope(leaf: _Leaf, block: bytes, rows: _Rows) -> None:
    try:
        unwrap(block)
    except InvalidInputError as error:
        rows.faults.append(_fault(leaf, error))
        return
    rows.envelopes.append(
        {
            "batch": leaf.place.batch,
            "position": leaf.position,
            "digest": leaf.digest,
            "submission": leaf.place.submission,
            "contributor": leaf.place.contributor,
            "size_bytes": len(block),
            "status": LedgerStatus.ANCHORED.value,
            "accepted": 0,
            "rejected": 0,
        }
    )


def _fault(leaf: _Leaf, error: Exception) -> dict[str, Any]:
    problem = error.message if isinstance(error, InvalidInputError) else str(error)
    return {
        "batch": leaf.place.batch,
        "position": leaf.position,
        "digest": leaf.digest,
        "problem": problem[:1_000],
    }


def _insert(connection: Connection, found: _Rows) -> None:
    if found.faults:
        connection.execute(insert(Undecodable), found.faults)
    if found.envelopes:
        connection.execute(insert(Envelope), found.envelopes)
    rows = found.records
    if not rows:
        return
    pending, contested = claimed(connection, [row["digest"] for row in rows])
    only_pending = pending - contested
    replaced = [
        row["digest"]
        for row in rows
        if row["contributor"] is not None and row["digest"] in only_pending
    ]
    contested |= pending.difference(replaced)
    yield_to_anchored(connection, replaced)
    for row in rows:
        row["listed"] = row["digest"] not in contested
    connection.execute(insert(Record), rows)
    elect(connection, sorted(contested))


def _done(connection: Connection, key: int) -> int:
    """How many leaves of the batch are indexed."""
    last = [
        connection.execute(select(func.max(table.position)).where(table.batch == key)).scalar()
        for table in LEAVES
    ]
    return max((position + 1 for position in last if position is not None), default=0)


def _elect_withdrawn(connection: Connection, key: int) -> None:
    """A superseded batch, or one with revoked records, may lose records to other claims."""
    query = select(Record.digest).where(
        Record.batch == key,
        Record.status.in_((LedgerStatus.SUPERSEDED.value, LedgerStatus.REVOKED.value)),
    )
    elect(connection, [bytes(digest) for digest in connection.execute(query).scalars()])


def _require_unfinished(connection: Connection, row: Any) -> None:
    found = connection.execute(
        select(Batch.id).where(
            Batch.id == row.id, Batch.batch_id == row.batch_id, Batch.state == FETCHING
        )
    ).first()
    if found is None:
        raise BatchGoneError("the batch is gone or finished")


def _give_up(index: Index, row: Any, state: str, problem: str) -> None:
    with index.write() as connection:
        connection.execute(
            update(Batch)
            .where(Batch.id == row.id, Batch.batch_id == row.batch_id, Batch.state == FETCHING)
            .values(state=state, problem=problem, attempts=Batch.attempts + 1)
        )
