"""What validators ask of the index.

Whenever they ask, and whatever else their index holds by then, every validator gets the same
answers: a batch is judged by what the chain said before its anchor, and by nothing that came later.
"""

import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from heapq import nsmallest
from itertools import islice
from typing import Any
from typing import NamedTuple

from sqlalchemy import Select
from sqlalchemy import and_
from sqlalchemy import exists
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement

from ledger.errors import NotFoundError
from ledger.errors import UnavailableError
from ledger.index.claims import LOOKUP
from ledger.index.database import Index
from ledger.index.queries.rows import batch_row
from ledger.index.queries.rows import select_batches
from ledger.index.rows import key_of_origin
from ledger.index.tables import COMPLETE
from ledger.index.tables import FETCHING
from ledger.index.tables import Attestation
from ledger.index.tables import Batch
from ledger.index.tables import Envelope
from ledger.index.tables import Record
from ledger.index.tables import Revocation
from ledger.index.tables import Supersession
from ledger.index.tables import SyncState
from ledger.index.validator_state import states
from ledger.index.views import BatchRow
from ledger.record.cid import Digest
from ledger.record.schema import Status
from ledger.validate.checks import Execution

WITHHELD_SECONDS = 3_600
"""How long, from its anchor's block time on, later batches wait for a batch whose blocks are not
here: an hour. After that it is judged without, or whoever anchors a batch and withholds it would
stop every validator for good. No setting: validators who waited for different times would judge
differently."""


MOST_ALIKE = 2_000
"""Earlier records of a job that a record is compared with: a second's work."""


class UnsettledError(UnavailableError):
    """What the chain said before a batch may still change, or is not all here."""


class _Place(NamedTuple):
    block_number: int
    log_index: int

    def follows(
        self, event: type[Batch] | type[Supersession] | type[Revocation]
    ) -> ColumnElement[bool]:
        return or_(
            event.block_number < self.block_number,
            and_(event.block_number == self.block_number, event.log_index < self.log_index),
        )


class Past:
    """The ledger as it stood just before a batch was anchored.

    A batch is named by its anchor, so it counts from there on, and so do a supersession and a
    revocation from their own events on: what was withdrawn before the anchor may be repeated.
    """

    def __init__(self, index: Index, end: _Place, withheld: frozenset[int]) -> None:
        self._index = index
        self._end = end
        self._withheld = withheld

    def seen(self, records: Sequence[Digest]) -> set[Digest]:
        """Those of the records that stood in a batch, signed by their contributor.

        Unsigned claims do not count: anyone could make the honest one a duplicate by copying it.
        """
        found: set[Digest] = set()
        with self._index.read() as connection:
            for start in range(0, len(records), LOOKUP):
                query = self._standing(Record.digest).where(
                    Record.digest.in_(records[start : start + LOOKUP]),
                    Record.contributor.is_not(None),
                )
                found.update(Digest(bytes(row.digest)) for row in self._rows(connection, query))
        return found

    def executed(self, executions: Sequence[Execution]) -> set[Execution]:
        """Those of the executions of which a batch held a record of the same contributor."""
        wanted = {(key_of_origin(each.origin), each.contributor): each for each in executions}
        keys = list({key for key, _ in wanted})
        found: set[Execution] = set()
        with self._index.read() as connection:
            for start in range(0, len(keys), LOOKUP):
                query = self._standing(Record.execution, Record.contributor).where(
                    Record.execution.in_(keys[start : start + LOOKUP])
                )
                held = {(row.execution, row.contributor) for row in self._rows(connection, query)}
                found.update(wanted[key] for key in wanted.keys() & held)
        return found

    def alike(self, job: str) -> list[tuple[Digest, str]]:
        """Successful records of a job that stood in a batch, signed by their contributor.

        The latest first and `MOST_ALIKE` at most, so that a long history costs no more than that.
        """
        query = (
            self._standing(Record.digest, Record.contributor)
            .where(
                Record.job == job,
                Record.outcome == Status.SUCCEEDED.value,
                Record.contributor.is_not(None),
            )
            .order_by(Batch.block_number.desc(), Batch.log_index.desc(), Record.position)
            .limit(MOST_ALIKE)
        )
        with self._index.read() as connection:
            return [
                (Digest(bytes(row.digest)), row.contributor)
                for row in self._rows(connection, query)
            ]

    def envelopes(self) -> list[Digest]:
        """Encrypted records that stood in a batch, whoever handed them in."""
        columns: list[Any] = [Envelope.digest, Envelope.batch]
        query = (
            select(*columns)
            .join(Batch, Batch.id == Envelope.batch)
            .where(Batch.state == COMPLETE, self._end.follows(Batch))
        )
        with self._index.read() as connection:
            return [Digest(bytes(row.digest)) for row in self._rows(connection, query)]

    def standing(self, envelopes: Mapping[Digest, str]) -> list[Digest]:
        """Those that stood in a batch, signed by who may hand them in.

        Args:
            envelopes: with the address of who may hand each in. Another's claim does not count:
                anyone could anchor a copy first.
        """
        return [digest for _, digest in self._placed(envelopes.items())]

    def latest(self, envelopes: Iterable[tuple[Digest, str]], most: int) -> list[Digest]:
        """The latest of them, the latest first; of one batch, by their digests.

        However many there are, about as many as these are in memory.

        Args:
            envelopes: as for `standing`, each once.
            most: how many are wanted.
        """
        return [digest for _, digest in nsmallest(most, self._placed(envelopes), key=_lateness)]

    def _placed(self, envelopes: Iterable[tuple[Digest, str]]) -> Iterator[tuple[_Place, Digest]]:
        """Those that stood in a batch, signed by who may hand them in, with where they did last."""
        rest = iter(envelopes)
        while part := dict(islice(rest, LOOKUP)):
            query = self._standing(
                Envelope.digest,
                Envelope.contributor,
                Batch.block_number,
                Batch.log_index,
                of=Envelope,
            ).where(Envelope.digest.in_(part))
            found: dict[Digest, _Place] = {}
            with self._index.read() as connection:
                for row in self._rows(connection, query):
                    digest = Digest(bytes(row.digest))
                    place = _Place(row.block_number, row.log_index)
                    if row.contributor == part[digest]:
                        found[digest] = max(place, found.get(digest, place))
            yield from ((place, digest) for digest, place in found.items())

    def _standing(self, *columns: Any, of: type[Record] | type[Envelope] = Record) -> Select[Any]:
        superseded = exists().where(
            Supersession.batch_id == Batch.batch_id, self._end.follows(Supersession)
        )
        revoked = exists().where(
            Revocation.digest == of.digest,
            Revocation.contributor == of.contributor,
            self._end.follows(Revocation),
        )
        return (
            select(*columns, of.batch)
            .join(Batch, Batch.id == of.batch)
            .where(Batch.state == COMPLETE, self._end.follows(Batch), ~superseded, ~revoked)
        )

    def _rows(self, connection: Connection, query: Select[Any]) -> list[Any]:
        """Without batches that came in too late, of which some may come in while this one is read.

        Compared here, as there may be more of them than a query takes values.
        """
        return [row for row in connection.execute(query) if row.batch not in self._withheld]


def _lateness(placed: tuple[_Place, Digest]) -> tuple[int, int, Digest]:
    """Sorts the latest first, and the same way at every validator."""
    place, digest = placed
    return -place.block_number, -place.log_index, digest


class History:
    """What the chain says of batches and validators.

    Args:
        index: of the chain.
        clock: seconds since 1970, by which `WITHHELD_SECONDS` are measured.
    """

    def __init__(self, index: Index, *, clock: Callable[[], float] = time.time) -> None:
        self._index = index
        self._clock = clock

    def active(self) -> frozenset[str]:
        """Addresses of the validators that may attest, as far as the index follows the chain."""
        with self._index.read() as connection:
            return frozenset(
                address for address, state in states(connection).items() if state.active
            )

    def unattested(self, validator: str) -> list[BatchRow]:
        """Complete batches, final on chain, that the validator has not attested, oldest first."""
        attested = exists().where(Attestation.batch == Batch.id, Attestation.validator == validator)
        query = (
            select_batches()
            .where(Batch.state == COMPLETE, Batch.block_number <= _final_block(), ~attested)
            .order_by(Batch.block_number, Batch.log_index)
        )
        with self._index.read() as connection:
            return [batch_row(row) for row in connection.execute(query)]

    def before(self, batch_id: str) -> Past:
        """The ledger just before a batch was anchored.

        A batch that is withheld for more than `WITHHELD_SECONDS` counts as empty from then on.
        Those who have it in time and those who have not may then come to different verdicts on
        what repeats it: that is a disagreement, which the quorum decides, and no offence.

        Raises:
            NotFoundError: the batch is not on chain (any more).
            UnsettledError: its anchor is not final, or an earlier batch is still awaited.
        """
        with self._index.read() as connection:
            end = _place_of(connection, batch_id)
            waiting = connection.execute(
                select(Batch.id, Batch.batch_id, Batch.anchored_at)
                .where(Batch.state == FETCHING, end.follows(Batch))
                .order_by(Batch.anchored_at.desc())
            ).all()
        if waiting and self._clock() < waiting[0].anchored_at + WITHHELD_SECONDS:
            raise UnsettledError(
                f"it comes after batch {waiting[0].batch_id}, whose blocks are not all here",
                hint="It is judged when they are, or without them one hour after that batch was "
                "anchored. `perfledger status` says what is missing.",
            )
        return Past(self._index, end, frozenset(row.id for row in waiting))


def _place_of(connection: Connection, batch_id: str) -> _Place:
    row = connection.execute(
        select(Batch.block_number, Batch.log_index, _final_block().label("final")).where(
            Batch.batch_id == batch_id
        )
    ).first()
    if row is None:
        raise NotFoundError(
            f"batch {batch_id} is not in the index (any more)",
            hint="The chain may have been reorganised; the next sync tells.",
        )
    if row.final is None or row.block_number > row.final:
        raise UnsettledError(
            "its anchor is not final yet",
            hint="Until then a reorganisation could change what came before it; look again later.",
        )
    return _Place(row.block_number, row.log_index)


def _final_block() -> Any:
    return select(SyncState.final_block).scalar_subquery()
