"""What a validator knows beside the bytes of a record."""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ledger.record.cid import Digest
from ledger.record.schema import CommandOrigin
from ledger.record.schema import EventLogOrigin
from ledger.record.schema import FileOrigin
from ledger.record.schema import ProgramOrigin
from ledger.record.schema import Record
from ledger.validate.reasons import Reason
from ledger.validate.report import Verdict


class Execution(NamedTuple):
    """An execution as its contributor's own source names it.

    The contributor is part of it: otherwise anyone could copy the run identifier out of a pending
    submission, anchor a worthless record under it first, and so have the honest one rejected.

    Attributes:
        contributor: EIP-55 address; empty where it is not known.
        origin: kind and identifier, e.g. ``command:`` and the run's random identifier.
    """

    contributor: str
    origin: str


def execution_of(record: Record, contributor: str) -> Execution | None:
    """The execution a record is of; None where its origin does not tell repeats apart.

    Figures play no part in it: five repeats with the same runtime are five executions.
    """
    match record.origin:
        case CommandOrigin(run_id=run_id):
            return Execution(contributor, f"command:{run_id}")
        case ProgramOrigin(run_id=run_id):
            return Execution(contributor, f"program:{run_id}")
        case FileOrigin(sha256=sha256, row=row):
            return Execution(contributor, f"file:{sha256}:{row}")
        case EventLogOrigin(application_id=application, sha256=sha256):
            # Cluster managers number applications from their own start, so only one log is one.
            return Execution(contributor, f"event-log:{application}:{sha256 or ''}")
        case _:
            return None


class SealedLeaf(NamedTuple):
    """A leaf of a batch that stands for a record which only a group can read.

    Attributes:
        digest: of the envelope.
        bearer: EIP-55 address of who signed its submission.
        submission: place of the submission in the batch.
    """

    digest: Digest
    bearer: str
    submission: int


def _all_strange(leaves: Sequence[SealedLeaf]) -> Sequence[Verdict]:
    return [Verdict(Reason.ENCRYPTED)] * len(leaves)


def _none_seen(_digests: Sequence[Digest]) -> set[Digest]:
    return set()


def _none_executed(_executions: Sequence[Execution]) -> set[Execution]:
    return set()


def _none_alike(_job: str) -> Sequence[tuple[Digest, str]]:
    return ()


@dataclass(frozen=True, slots=True)
class Context:
    """Where the records to be checked stand.

    All callables must answer from what the chain said before the batch was anchored (earlier
    batches, submissions that their contributor signed, neither superseded nor revoked by then), so
    that every validator comes to the same verdicts whenever it judges.

    Attributes:
        anchored_at: timestamp of the block that anchored the batch.
        seen: those of the given record digests that stand in an earlier batch.
        executed: those of the given executions of which an earlier batch holds a record.
        alike: successful records of a job in earlier batches, the latest first and no more than
            there is time for, each with its contributor.
        sealed: a verdict for each encrypted record of the batch; who belongs to no group has no
            opinion of them.
    """

    anchored_at: datetime
    seen: Callable[[Sequence[Digest]], set[Digest]] = _none_seen
    executed: Callable[[Sequence[Execution]], set[Execution]] = _none_executed
    alike: Callable[[str], Sequence[tuple[Digest, str]]] = _none_alike
    sealed: Callable[[Sequence[SealedLeaf]], Sequence[Verdict]] = _all_strange
