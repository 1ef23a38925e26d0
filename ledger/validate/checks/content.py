"""Checking one record: its bytes, then what they say."""

from collections.abc import Callable

from ledger.errors import InvalidInputError
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record.cid import digest_of
from ledger.record.envelope import is_envelope
from ledger.record.envelope import unwrap
from ledger.record.schema import Record
from ledger.validate.checks import consistency
from ledger.validate.checks import resources
from ledger.validate.checks.context import Context
from ledger.validate.checks.context import execution_of
from ledger.validate.checks.sizes import sizes
from ledger.validate.reasons import Reason
from ledger.validate.report import MAX_DETAIL
from ledger.validate.report import Verdict

Check = Callable[[Record, Context], str | None]
"""What is wrong with a record, or None."""

CHECKS: tuple[tuple[Reason, Check], ...] = (
    (Reason.IMPLAUSIBLE_RUNTIME, lambda record, _: resources.runtime(record)),
    (Reason.IMPOSSIBLE_CPU, lambda record, _: resources.cpu(record)),
    (Reason.IMPOSSIBLE_MEMORY, lambda record, _: resources.memory(record)),
    (Reason.IMPOSSIBLE_IO, lambda record, _: resources.transfer(record)),
    (Reason.INCONSISTENT_STAGES, lambda record, _: consistency.stages(record)),
    (
        Reason.INCONSISTENT_TIME,
        lambda record, context: consistency.time(record, context.anchored_at),
    ),
    (Reason.INCONSISTENT_STATUS, lambda record, _: consistency.status(record)),
    (Reason.INCONSISTENT_SIZES, lambda record, _: sizes(record)),
)
"""In the order they are made; the first that fails gives the reason."""

ACCEPTED = Verdict(Reason.ACCEPTED)

SEALED = Verdict(Reason.ENCRYPTED)
"""Until somebody who can read it says otherwise."""


def rejected(reason: Reason, detail: str) -> Verdict:
    """A rejection, its detail cut to what a report holds."""
    return Verdict(reason, detail[:MAX_DETAIL])


def read(block: bytes) -> Record | Verdict:
    """The record of canonical bytes, or why there is none; `SEALED`: only a group can read it."""
    try:
        if is_envelope(block):
            unwrap(block)
            return SEALED
        return codec.decode(block)
    except dagcbor.NonCanonicalError as error:
        return rejected(Reason.NON_CANONICAL, error.message)
    except InvalidInputError as error:  # among them the name of a parent that is no CID
        return rejected(Reason.SCHEMA, error.message)
    except OverflowError:  # a start in the year 1 or 9999 that UTC moves out of the calendar
        return rejected(Reason.SCHEMA, "started_at: not a moment of the calendar in UTC")


def judge(record: Record, context: Context) -> Verdict:
    """What the record itself gives away; duplicates are another matter."""
    for reason, find in CHECKS:
        if (fault := find(record, context)) is not None:
            return rejected(reason, fault)
    return ACCEPTED


def check_record(block: bytes, context: Context, *, contributor: str = "") -> Verdict:
    """The verdict on one record, without its batch.

    Args:
        block: the record's bytes, whoever they come from.
        context: where it stands.
        contributor: EIP-55 address of who contributes it, to find an execution told twice.
    """
    record = read(block)
    if isinstance(record, Verdict):
        return record
    verdict = judge(record, context)
    if not verdict.accepted:
        return verdict
    if context.seen([digest_of(block)]):
        return rejected(Reason.DUPLICATE, "the same record is in an earlier batch")
    execution = execution_of(record, contributor)
    if execution is not None and context.executed([execution]):
        return rejected(Reason.DUPLICATE, f"an earlier batch holds a record of {execution.origin}")
    return verdict
