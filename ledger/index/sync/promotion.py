"""Turns pending records into anchored ones where they stand.

Most records of a batch that was published here are listed as pending when it comes in. Their
columns were computed from the same bytes (a record is named by its digest), so there is nothing to
decode and nearly nothing to write. It is done only where the batch is final already: before that,
the pending row has to outlive a reorg.
"""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.engine import Connection

from ledger.index.claims import LOOKUP
from ledger.index.tables import Record
from ledger.index.views import LedgerStatus

Claim = tuple[int, bytes, int]
"""Position in the batch, digest, and key of the submission."""


def promotable(
    connection: Connection, digests: Sequence[bytes], contributors: Sequence[str | None]
) -> set[bytes]:
    """Those of the digests whose pending claim is listed, under the same contributor.

    A listed pending claim outranks every other there is (see `ledger.index.claims`), and so does
    the signed one that it becomes: no election is needed.
    """
    signers = dict(zip(digests, contributors, strict=True))
    found: set[bytes] = set()
    for start in range(0, len(digests), LOOKUP):
        # `listed` in the condition would lure SQLite to an index that selects nearly every row.
        query = select(Record.digest, Record.contributor, Record.listed).where(
            Record.batch.is_(None), Record.digest.in_(digests[start : start + LOOKUP])
        )
        for digest, contributor, listed in connection.execute(query):
            if listed and contributor is not None and contributor == signers[bytes(digest)]:
                found.add(bytes(digest))
    return found


def promote(connection: Connection, batch: int, claims: Sequence[Claim]) -> bool:
    """Make pending records those of a batch; False if they changed since `promotable`."""
    if not claims:
        return True
    connection.execute(
        update(Record)
        .where(
            Record.digest == bindparam("record"),
            Record.batch.is_(None),
            Record.listed,
            Record.contributor.is_not(None),
        )
        .values(
            batch=batch,
            submission=bindparam("within"),
            position=bindparam("place"),
            status=LedgerStatus.ANCHORED.value,
        ),
        [
            {"record": digest, "within": submission, "place": position}
            for position, digest, submission in claims
        ],
    )
    promoted = connection.execute(
        select(func.count())
        .select_from(Record)
        .where(
            Record.batch == batch,
            Record.position >= claims[0][0],
            Record.position <= claims[-1][0],
        )
    ).scalar_one()
    return promoted == len(claims)
