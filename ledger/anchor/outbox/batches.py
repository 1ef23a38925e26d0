"""Batches on their way to the chain."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ledger.record.cid import Digest
from ledger.store.database import Database


class BatchState(StrEnum):
    """How far a batch has come."""

    BUILT = "built"
    ANCHORED = "anchored"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class OutboundBatch:
    """A batch on its way.

    Attributes:
        id: as contracts name it.
        transaction_hash: of the transaction that is on its way or anchored it.
        problem: why it does not get on, in words; empty when all is well.
    """

    id: bytes
    root: bytes
    manifest: Digest
    count: int
    publisher: str
    state: BatchState
    transaction_hash: bytes | None
    block_number: int | None
    block_hash: bytes | None
    gas_used: int | None
    problem: str


class BatchQueue:
    """Batches from the moment they are built until they are final."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        *,
        batch_id: bytes,
        root: bytes,
        manifest: Digest,
        count: int,
        publisher: str,
        submissions: Iterable[str],
    ) -> None:
        """Keep a batch whose blocks are already durable, and tie its submissions to it."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO batches (id, root, manifest, count, publisher, state)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (batch_id, root, manifest, count, publisher, BatchState.BUILT),
            )
            connection.executemany(
                "UPDATE submissions SET batch = ? WHERE id = ?",
                ((batch_id, identifier) for identifier in submissions),
            )

    def all(self, *states: BatchState) -> list[OutboundBatch]:
        """The batches in these states (all, where none is named), oldest first."""
        wanted = states or tuple(BatchState)
        marks = ",".join("?" * len(wanted))
        return [
            _batch_of(row)
            for row in self._database.all(
                f"SELECT * FROM batches WHERE state IN ({marks}) ORDER BY rowid",  # noqa: S608 - question marks only
                *wanted,
            )
        ]

    def newest_final(self) -> OutboundBatch | None:
        """The final batch in the highest block."""
        rows = self._database.all(
            "SELECT * FROM batches WHERE state = ? ORDER BY block_number DESC LIMIT 1",
            BatchState.FINAL,
        )
        return _batch_of(rows[0]) if rows else None

    def manifests(self) -> set[Digest]:
        """The manifests of all of them."""
        return {Digest(row[0]) for row in self._database.all("SELECT manifest FROM batches")}

    def counts(self) -> dict[str, int]:
        """How many batches there are in each state."""
        return dict(self._database.all("SELECT state, count(*) FROM batches GROUP BY state"))

    def problems(self) -> list[str]:
        """What keeps batches from getting on."""
        query = "SELECT problem FROM batches WHERE problem <> '' ORDER BY rowid"
        return [problem for (problem,) in self._database.all(query)]

    def get(self, batch_id: bytes) -> OutboundBatch | None:
        """A batch by its id, if it came from here."""
        rows = self._database.all("SELECT * FROM batches WHERE id = ?", batch_id)
        return _batch_of(rows[0]) if rows else None

    def mark_sent(self, batch_id: bytes, transaction_hash: bytes | None) -> None:
        """Note the transaction that is on its way; None: there is none."""
        self._database.execute(
            "UPDATE batches SET transaction_hash = ? WHERE id = ?", transaction_hash, batch_id
        )

    def mark_anchored(
        self,
        batch_id: bytes,
        *,
        transaction_hash: bytes,
        block_number: int,
        block_hash: bytes,
        gas_used: int,
    ) -> None:
        """The transaction is in a block."""
        self._database.execute(
            "UPDATE batches SET state = ?, transaction_hash = ?, block_number = ?,"
            " block_hash = ?, gas_used = ?, problem = '' WHERE id = ?",
            BatchState.ANCHORED,
            transaction_hash,
            block_number,
            block_hash,
            gas_used,
            batch_id,
        )

    def mark_final(self, batch_id: bytes) -> None:
        """The block is deep enough."""
        self._database.execute(
            "UPDATE batches SET state = ? WHERE id = ?", BatchState.FINAL, batch_id
        )

    def mark_reopened(self, batch_id: bytes) -> None:
        """The block was thought final, and is not."""
        self._database.execute(
            "UPDATE batches SET state = ? WHERE id = ?", BatchState.ANCHORED, batch_id
        )

    def mark_undone(self, batch_id: bytes) -> None:
        """The block left the chain; the batch has to be anchored again."""
        self._database.execute(
            "UPDATE batches SET state = ?, transaction_hash = NULL, block_number = NULL,"
            " block_hash = NULL, gas_used = NULL WHERE id = ?",
            BatchState.BUILT,
            batch_id,
        )

    def republish(self, batch_id: bytes, *, new_id: bytes, publisher: str) -> OutboundBatch:
        """Have another key anchor a batch that was never sent: it then has another id."""
        with self._database.transaction() as connection:
            connection.execute("PRAGMA defer_foreign_keys=ON")
            connection.execute(
                "UPDATE batches SET id = ?, publisher = ? WHERE id = ?",
                (new_id, publisher, batch_id),
            )
            connection.execute(
                "UPDATE submissions SET batch = ? WHERE batch = ?", (new_id, batch_id)
            )
        batch = self.get(new_id)
        assert batch is not None
        return batch

    def mark_problem(self, batch_id: bytes, problem: str) -> None:
        """Say why a batch does not get on."""
        self._database.execute("UPDATE batches SET problem = ? WHERE id = ?", problem, batch_id)


def _batch_of(row: tuple[Any, ...]) -> OutboundBatch:
    identifier, root, manifest, count, publisher, state, *rest = row
    return OutboundBatch(
        identifier, root, Digest(manifest), count, publisher, BatchState(state), *rest
    )
