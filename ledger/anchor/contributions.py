"""Following a submission: stored, signed, in a batch, sent, anchored, final."""

from datetime import UTC
from datetime import datetime
from typing import Literal

from pydantic import BaseModel
from pydantic import ConfigDict

from ledger.anchor.outbox import Outbox
from ledger.anchor.outbox.batches import BatchState
from ledger.anchor.outbox.batches import OutboundBatch
from ledger.anchor.outbox.records import OutboundSubmission
from ledger.record.cid import to_text

State = Literal["pending", "batched", "sent", "anchored", "final"]


class Contribution(BaseModel):
    """How far one submission has come.

    Attributes:
        state: ``pending`` (signed and on disk), ``batched``, ``sent``, ``anchored`` (in a block),
            ``final`` (deep enough).
        problem: why it does not get on; empty when all is well.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    contributor: str
    count: int
    cids: tuple[str, ...]
    state: State
    batch_id: str | None
    transaction_hash: str | None
    block_number: int | None
    problem: str
    created_at: datetime


class Contributions:
    """What the outbox knows of submissions, in one view."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def get(self, identifier: str) -> Contribution:
        """A submission by its id, with the CIDs of its records.

        Raises:
            NotFoundError: there is none.
        """
        submission = self._outbox.records.submission(identifier)
        records = self._outbox.records.records_of(identifier)
        return self._view(submission, tuple(map(to_text, records)))

    def latest(self, limit: int = 50, after: str | None = None) -> list[Contribution]:
        """The latest submissions, newest first, without their CIDs.

        Raises:
            NotFoundError: there is no submission ``after``, which they are to come before.
        """
        return [self._view(each, ()) for each in self._outbox.records.submissions(limit, after)]

    def unfinished(self) -> list[Contribution]:
        """Every submission that is not final yet, oldest first, without its CIDs."""
        return [self._view(each, ()) for each in self._outbox.records.unfinished()]

    def _view(self, submission: OutboundSubmission, records: tuple[str, ...]) -> Contribution:
        batch = None if submission.batch is None else self._outbox.batches.get(submission.batch)
        sent = None if batch is None else batch.transaction_hash
        return Contribution(
            id=submission.id,
            contributor=submission.contributor,
            count=submission.count,
            cids=records,
            state=_state(batch),
            batch_id=None if batch is None else "0x" + batch.id.hex(),
            transaction_hash=None if sent is None else "0x" + sent.hex(),
            block_number=None if batch is None else batch.block_number,
            problem="" if batch is None else batch.problem,
            created_at=datetime.fromtimestamp(submission.created_at, UTC),
        )


def _state(batch: OutboundBatch | None) -> State:
    if batch is None:
        return "pending"
    if batch.state is BatchState.BUILT:
        return "batched" if batch.transaction_hash is None else "sent"
    return "anchored" if batch.state is BatchState.ANCHORED else "final"
