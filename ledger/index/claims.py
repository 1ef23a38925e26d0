"""Which claim to a record is shown, where several batches hold the same record.

Anyone can put anyone's records into a batch of their own. So the claim that counts is the first
anchored under a valid signature of its contributor; one in a superseded batch or one that its
contributor revoked gives way to one that still holds. A pending record comes after those, and a
claim without a valid signature last of all.

Of two contributors who signed the same record, the one whose batch was anchored first has it, and
to validators the other's is a duplicate: the chain orders anchors, and nothing orders what is not
on it. So a copy that is not anchored, or is but carries nobody's valid signature, displaces no one:
neither in lists, nor where validators look for duplicates (`ledger.index.history`), nor where this
node decides whether a record that is handed in is known (`vouched`).
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from ledger.index.tables import Batch
from ledger.index.tables import Record
from ledger.index.views import LedgerStatus
from ledger.record.cid import Digest

LOOKUP = 500
"""Values in one ``IN``: below SQLite's limit on variables (999 in old builds)."""

_WITHDRAWN = {LedgerStatus.SUPERSEDED, LedgerStatus.REVOKED}


def elect(connection: Connection, digests: Sequence[bytes]) -> None:
    """Choose again which claim to each of these records is listed."""
    for start in range(0, len(digests), LOOKUP):
        chunk = digests[start : start + LOOKUP]
        query = (
            select(
                Record.id,
                Record.digest,
                Record.listed,
                Record.status,
                Record.batch,
                Record.contributor,
                Batch.block_number,
                Batch.log_index,
            )
            .join(Batch, Batch.id == Record.batch, isouter=True)
            .where(Record.digest.in_(chunk))
        )
        best: dict[bytes, tuple[tuple[int, int, int], int]] = {}
        listed: set[int] = set()
        for row in connection.execute(query):
            rank = (
                _rank(row.status, row.batch is None, row.contributor is not None),
                row.block_number or 0,
                row.log_index or 0,
            )
            digest = bytes(row.digest)
            if digest not in best or rank < best[digest][0]:
                best[digest] = (rank, row.id)
            if row.listed:
                listed.add(row.id)
        chosen = {key for _, key in best.values()}
        _mark(connection, sorted(listed - chosen), listed=False)
        _mark(connection, sorted(chosen - listed), listed=True)


def _rank(status: str, pending: bool, signed: bool) -> int:
    if pending:
        return 2
    if not signed:
        return 3
    return 1 if status in _WITHDRAWN else 0


def _mark(connection: Connection, keys: Sequence[int], *, listed: bool) -> None:
    for start in range(0, len(keys), LOOKUP):
        connection.execute(
            update(Record).where(Record.id.in_(keys[start : start + LOOKUP])).values(listed=listed)
        )


def vouched(connection: Connection, digests: Sequence[Digest]) -> set[Digest]:
    """Those of the digests that a batch holds under a valid signature, and that still stand there.

    What was superseded or revoked may be contributed again: a correction may repeat it.
    """
    found: set[Digest] = set()
    for start in range(0, len(digests), LOOKUP):
        query = select(Record.digest).where(
            Record.digest.in_(digests[start : start + LOOKUP]),
            Record.batch.is_not(None),
            Record.contributor.is_not(None),
            Record.status.not_in(_WITHDRAWN),
        )
        found.update(Digest(bytes(digest)) for digest in connection.execute(query).scalars())
    return found


def contested(connection: Connection, batches: Sequence[int]) -> list[bytes]:
    """Digests in these batches to which there are other claims too."""
    other = aliased(Record)
    found: set[bytes] = set()
    for start in range(0, len(batches), LOOKUP):
        query = (
            select(Record.digest)
            .join(other, (other.digest == Record.digest) & (other.id != Record.id))
            .where(Record.batch.in_(batches[start : start + LOOKUP]))
            .distinct()
        )
        found.update(bytes(digest) for digest in connection.execute(query).scalars())
    return sorted(found)


def claimed(connection: Connection, digests: Sequence[bytes]) -> tuple[set[bytes], set[bytes]]:
    """Those of the digests to which there is a pending claim, and one in a batch."""
    pending: set[bytes] = set()
    anchored: set[bytes] = set()
    for start in range(0, len(digests), LOOKUP):
        query = select(Record.digest, Record.batch).where(
            Record.digest.in_(digests[start : start + LOOKUP])
        )
        for digest, batch in connection.execute(query):
            (pending if batch is None else anchored).add(bytes(digest))
    return pending, anchored


def yield_to_anchored(connection: Connection, digests: Sequence[bytes]) -> None:
    """Stop listing pending claims, where a signed one in a batch is about to be the only other."""
    for start in range(0, len(digests), LOOKUP):
        connection.execute(
            update(Record)
            .where(Record.batch.is_(None), Record.digest.in_(digests[start : start + LOOKUP]))
            .values(listed=False)
        )
