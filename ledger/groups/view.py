"""A group's records, as the questions to an index see them.

They are put into an index of their own for as long as they are looked at, in a folder that only its
owner may enter, and gone afterwards. The index that the app shows and others may share never has
them.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import closing
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Table
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy.engine import Connection

from ledger.groups.card import Group
from ledger.groups.looking import place_to_look
from ledger.groups.opening import Opened
from ledger.groups.reading import Reader
from ledger.groups.waiting import Waiting
from ledger.index.database import Index
from ledger.index.database import open_index
from ledger.index.queries import Queries
from ledger.index.rows import columns_of
from ledger.index.tables import Attestation
from ledger.index.tables import Base
from ledger.index.tables import Batch
from ledger.index.tables import Envelope
from ledger.index.tables import Parameter
from ledger.index.tables import Record
from ledger.index.tables import Rejection
from ledger.index.tables import Submission
from ledger.index.tables import Supersession
from ledger.index.tables import SyncState
from ledger.index.tables import ValidatorEvent
from ledger.index.views import LedgerStatus
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.store.blocks import BlockStore
from ledger.store.sqlite import SQLiteBlockStore

_AROUND: tuple[type[Base], ...] = (
    SyncState,
    Batch,
    Submission,
    Supersession,
    Attestation,
    Rejection,
    ValidatorEvent,
    Parameter,
)
"""What stands around records, in the order in which rows refer to each other."""

_AT_ONCE = 1_000

_OPENED_AT_ONCE = 100
"""Records in memory, each of up to 216 KiB."""

_LAST = {LedgerStatus.SUPERSEDED.value, LedgerStatus.REVOKED.value}


@contextmanager
def opened(
    folder: Path, index: Index, reader: Reader, waiting: Waiting, group: Group
) -> Iterator[Queries]:
    """Answers about a group's records: those that were opened here, and own ones that wait.

    Args:
        folder: where the index is made, for its owner only.
        index: says where envelopes stand.
        reader: opens them.
        waiting: this home's records for groups.
        group: which.
    """
    with (
        place_to_look(folder) as place,
        closing(open_index(f"sqlite:///{place / 'index.sqlite'}")) as private,
        closing(SQLiteBlockStore(place / "blocks.sqlite")) as store,
    ):
        held = _fill(private, store, index, reader, group)
        mine = (each for each in waiting.records(group.id) if each[0] not in held)
        while part := list(islice(mine, _OPENED_AT_ONCE)):
            store.put_many(part)
            private.add_pending((digest, codec.decode(record), None) for digest, record in part)
        yield Queries(private, store)


def _fill(
    private: Index, store: BlockStore, index: Index, reader: Reader, group: Group
) -> set[Digest]:
    """Digests of the records that are put into the private index."""
    listed: set[Digest] = set()
    with index.read() as connection, private.write() as into:
        for table in _AROUND:
            _copy(connection, into, table.__table__)  # type: ignore[arg-type]
        shown = _shown(_places(connection), reader, group)
        while part := list(islice(shown, _OPENED_AT_ONCE)):
            store.put_many((each.digest, each.block) for _, each in part)
            _insert(into, Record.__table__, list(_records(part, listed)))  # type: ignore[arg-type]
    return listed


def _shown(places: Sequence[Any], reader: Reader, group: Group) -> Iterator[tuple[Any, Opened]]:
    """The group's records with their places, each once in a batch."""
    held: set[tuple[Digest, int]] = set()
    opened = reader.read(Digest(bytes(row.digest)) for row in places)
    for row, (_, each) in zip(places, opened, strict=True):
        if not isinstance(each, Opened) or (each.group, each.bearer) != (group.id, row.contributor):
            continue
        if (each.digest, row.batch) not in held:
            held.add((each.digest, row.batch))
            yield row, each


def _places(connection: Connection) -> Sequence[Any]:
    """Every envelope, those that stand first and in the order of the chain."""
    query = (
        select(Envelope, Batch.block_number, Batch.log_index)
        .join(Batch, Batch.id == Envelope.batch)
        .order_by(
            Envelope.status.in_(_LAST), Batch.block_number, Batch.log_index, Envelope.position
        )
    )
    return list(connection.execute(query))


def _records(shown: Sequence[tuple[Any, Opened]], listed: set[Digest]) -> Iterator[dict[str, Any]]:
    for row, each in shown:
        yield {
            **columns_of(each.record),
            "digest": each.digest,
            "batch": row.batch,
            "submission": row.submission,
            "position": row.position,
            "listed": each.digest not in listed,
            "status": row.status,
            "accepted": row.accepted,
            "rejected": row.rejected,
            "contributor": each.contributor,
        }
        listed.add(each.digest)


def _copy(connection: Connection, into: Connection, table: Table) -> None:
    into.execute(delete(table))
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(select(table))
    for part in rows.mappings().partitions(_AT_ONCE):
        _insert(into, table, part)


def _insert(into: Connection, table: Table, rows: Sequence[Mapping[Any, Any]]) -> None:
    if rows:
        into.execute(insert(table), [dict(row) for row in rows])
