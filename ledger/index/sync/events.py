"""Writes the events of a segment of the chain into the index."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from ledger.chain.events import Anchored
from ledger.chain.events import Attested
from ledger.chain.events import Event
from ledger.chain.events import RecordRevoked
from ledger.chain.events import Superseded
from ledger.chain.events import ValidatorSlashed
from ledger.index.claims import contested
from ledger.index.claims import elect
from ledger.index.rows import hex_text
from ledger.index.sync.chain_reader import Segment
from ledger.index.sync.parameters import ACTIVE
from ledger.index.sync.parameters import QUORUM
from ledger.index.sync.parameters import Schedule
from ledger.index.sync.parameters import record_validator_events
from ledger.index.sync.statuses import recompute
from ledger.index.tables import FETCHING
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Block
from ledger.index.tables import Envelope
from ledger.index.tables import Record
from ledger.index.tables import Revocation
from ledger.index.tables import Supersession
from ledger.index.tables import SyncState
from ledger.record.cid import to_text


def apply(connection: Connection, segment: Segment) -> None:
    """Write a segment: its headers, events, and what follows for batches known before."""
    _keep_headers(connection, segment)
    record_validator_events(connection, segment.events)
    _anchor(connection, segment)
    attested = _attest(connection, segment)
    withdrawn = _supersede(connection, segment.events) | _revoke(connection, segment.events)
    recompute(connection, attested | withdrawn | _slashed(connection, segment.events))
    elect(connection, contested(connection, sorted(withdrawn)))
    connection.execute(update(SyncState).values(indexed_block=segment.to_block))


def batches_with(connection: Connection, digest: bytes) -> set[int]:
    """Keys of the batches that hold a record."""
    found: set[int] = set()
    for table in (Record, Envelope):
        query = select(table.batch).where(table.digest == digest, table.batch.is_not(None))
        found.update(key for key in connection.execute(query).scalars() if key is not None)
    return found


def batches_attested_by(connection: Connection, validator: str) -> set[int]:
    """Keys of the batches that a validator attested."""
    query = select(Attestation.batch).where(Attestation.validator == validator).distinct()
    return set(connection.execute(query).scalars())


def key_of(connection: Connection, batch_id: str) -> int | None:
    """The key of a batch, or None where it is not known."""
    return connection.execute(select(Batch.id).where(Batch.batch_id == batch_id)).scalar()


def _keep_headers(connection: Connection, segment: Segment) -> None:
    eventful = segment.eventful
    connection.execute(
        insert(Block),
        [
            {
                "number": header.number,
                "hash": hex_text(header.hash),
                "parent_hash": hex_text(header.parent_hash),
                "timestamp": header.timestamp,
                "eventful": header.number in eventful,
            }
            for header in segment.headers.values()
        ],
    )


def statement_of(event: Attested) -> dict[InstrumentedAttribute[Any], Any]:
    """What a validator attested, by the columns that hold it; the batch aside."""
    return {
        Attestation.validator: event.validator,
        Attestation.sequence: event.sequence,
        Attestation.verdict_root: hex_text(event.verdict_root),
        Attestation.accepted: event.accepted,
        Attestation.rejected: event.rejected,
        Attestation.report_cid: to_text(event.report),
    }


def _anchor(connection: Connection, segment: Segment) -> None:
    anchors = [event for event in segment.events if isinstance(event, Anchored)]
    if not anchors:
        return
    quorum, active = Schedule.of(connection, QUORUM), Schedule.of(connection, ACTIVE)
    parked = _parked(connection, Batch.batch_id)
    new = []
    for event in anchors:
        origin = event.origin
        place = {
            "block_number": origin.block_number,
            "log_index": origin.log_index,
            "block_hash": hex_text(origin.block_hash),
            "transaction_hash": hex_text(origin.transaction_hash),
            "gas_used": segment.gas_used.get(origin.transaction_hash),
            "anchored_at": segment.headers[origin.block_number].timestamp,
            "quorum": quorum.at(origin.block_number),
            "validators": active.at(origin.block_number),
            "overdue": False,
        }
        batch_id = hex_text(event.batch_id)
        if batch_id in parked:
            connection.execute(update(Batch).where(Batch.batch_id == batch_id).values(**place))
        else:
            new.append(_new_batch(event) | place)
    if new:
        connection.execute(insert(Batch), new)


def _parked(connection: Connection, column: InstrumentedAttribute[Any]) -> set[Any]:
    """What is known from another fork and about to have its place in this one."""
    block_number = column.class_.block_number
    return set(connection.execute(select(column).where(block_number < 0)).scalars())


def _move_attestation(
    connection: Connection, batch: int, event: Attested, place: Mapping[Any, Any]
) -> bool:
    moved = connection.execute(
        update(Attestation)
        .where(
            Attestation.batch == batch,
            Attestation.validator == event.validator,
            Attestation.sequence == event.sequence,
            Attestation.block_number < 0,
        )
        .values(place)
    )
    return moved.rowcount > 0


def _new_batch(event: Anchored) -> dict[str, Any]:
    return {
        "batch_id": hex_text(event.batch_id),
        "root": hex_text(event.root),
        "manifest_cid": to_text(event.manifest),
        "publisher": event.publisher,
        "record_count": event.count,
        "submissions": 0,
        "undecodable": 0,
        "state": FETCHING,
        "problem": "",
        "attempts": 0,
    }


def _attest(connection: Connection, segment: Segment) -> set[int]:
    concerned: set[int] = set()
    parked = _parked(connection, Attestation.batch)
    for event in segment.events:
        if not isinstance(event, Attested):
            continue
        batch = key_of(connection, hex_text(event.batch_id))
        if batch is None:  # the contract attests anchored batches only: from_block is set too late
            continue
        concerned.add(batch)
        origin = event.origin
        place = {
            Attestation.block_number: origin.block_number,
            Attestation.log_index: origin.log_index,
            Attestation.transaction_hash: hex_text(origin.transaction_hash),
            Attestation.attested_at: segment.headers[origin.block_number].timestamp,
        }
        if batch in parked and _move_attestation(connection, batch, event, place):
            continue
        unread = {
            Attestation.standing: True,
            Attestation.agreed: 0,
            Attestation.decided: 0,
            Attestation.state: FETCHING,
            Attestation.problem: "",
            Attestation.attempts: 0,
        }
        values = {Attestation.batch: batch, **statement_of(event), **place, **unread}
        connection.execute(insert(Attestation).values(values))
    return concerned


def _supersede(connection: Connection, events: Sequence[Event]) -> set[int]:
    concerned: set[int] = set()
    for event in events:
        if isinstance(event, Superseded):
            batch_id = hex_text(event.batch_id)
            connection.execute(
                insert(Supersession).values(
                    batch_id=batch_id,
                    replacement_id=hex_text(event.replacement_id),
                    block_number=event.origin.block_number,
                    log_index=event.origin.log_index,
                )
            )
            key = key_of(connection, batch_id)
            concerned |= set() if key is None else {key}
    return concerned


def _revoke(connection: Connection, events: Sequence[Event]) -> set[int]:
    concerned: set[int] = set()
    for event in events:
        if isinstance(event, RecordRevoked):
            connection.execute(
                insert(Revocation).values(
                    digest=event.record,
                    contributor=event.contributor,
                    block_number=event.origin.block_number,
                    log_index=event.origin.log_index,
                )
            )
            concerned |= batches_with(connection, event.record)
    return concerned


def _slashed(connection: Connection, events: Sequence[Event]) -> set[int]:
    concerned: set[int] = set()
    for event in events:
        if isinstance(event, ValidatorSlashed):
            concerned |= batches_attested_by(connection, event.validator)
    return concerned
