"""Checking a whole batch: signatures once per submission, look-ups many at a time."""

from collections.abc import Callable
from collections.abc import Sequence

from ledger.anchor.batch import Batch
from ledger.anchor.submission import Submission
from ledger.record.cid import Digest
from ledger.store.blocks import BlockStore
from ledger.validate.checks.company import compare
from ledger.validate.checks.company import earlier
from ledger.validate.checks.content import SEALED
from ledger.validate.checks.content import judge
from ledger.validate.checks.content import read
from ledger.validate.checks.content import rejected
from ledger.validate.checks.context import Context
from ledger.validate.checks.context import Execution
from ledger.validate.checks.context import SealedLeaf
from ledger.validate.checks.context import execution_of
from ledger.validate.checks.runs import Run
from ledger.validate.checks.runs import run_of
from ledger.validate.reasons import Reason
from ledger.validate.report import Verdict

CHUNK = 1_000
"""Records between two look-ups and two reports of progress."""

Progress = Callable[[int], None]
"""Called with the number of records done so far."""


def check_batch(
    batch: Batch, store: BlockStore, context: Context, *, progress: Progress | None = None
) -> tuple[Verdict, ...]:
    """A verdict for each record, in the batch's order.

    Raises:
        BlockNotFoundError: a record is not here (yet); no verdict can be given.
        CorruptBlockError: the store holds other bytes under a record's digest.
    """
    verdicts: list[Verdict] = []
    executions: set[Execution] = set()
    company: list[list[tuple[int, Run]]] = []
    sealed: dict[int, SealedLeaf] = {}
    for number, submission in enumerate(batch.submissions):
        company.append([])
        signed = submission.is_signed(batch.domain)
        for start in range(0, submission.count, CHUNK):
            records = submission.records[start : start + CHUNK]
            if signed:
                found, runs = _check_chunk(records, submission, store, context, executions)
                company[-1] += [(len(verdicts) + place, run) for place, run in runs]
                sealed |= {
                    len(verdicts) + place: SealedLeaf(digest, submission.contributor, number)
                    for place, digest in enumerate(records)
                    if found[place] is SEALED
                }
                verdicts += found
            else:
                verdicts += _unsigned(records, submission)
            if progress is not None:
                progress(len(verdicts))
    for place, verdict in compare(company, earlier(company, store, context)).items():
        verdicts[place] = verdict
    if sealed:
        judged = context.sealed(list(sealed.values()))
        for place, verdict in zip(sealed, judged, strict=True):
            verdicts[place] = verdict
    return tuple(verdicts)


def _unsigned(records: Sequence[Digest], submission: Submission) -> list[Verdict]:
    detail = f"the submission is not signed by {submission.contributor}"
    return [rejected(Reason.BAD_SIGNATURE, detail)] * len(records)


def _check_chunk(
    digests: Sequence[Digest],
    submission: Submission,
    store: BlockStore,
    context: Context,
    executions: set[Execution],
) -> tuple[list[Verdict], list[tuple[int, Run]]]:
    """The verdicts, and what is compared of those accepted, by place in the chunk."""
    seen = context.seen(digests)
    verdicts: list[Verdict] = []
    runs: list[Run | None] = []
    names: list[Execution | None] = []
    for block in store.get_many(digests):
        record = read(block)
        if isinstance(record, Verdict):
            verdicts.append(record)
            names.append(None)
            runs.append(None)
        else:
            verdicts.append(judge(record, context))
            names.append(execution_of(record, submission.contributor))
            runs.append(run_of(record, block, submission.contributor))
    executed = context.executed([name for name in names if name is not None])
    for place, (digest, name) in enumerate(zip(digests, names, strict=True)):
        if verdicts[place].accepted:
            verdicts[place] = _unless_duplicate(
                verdicts[place], digest in seen, name, name in executed, executions
            )
    compared = [
        (place, run)
        for place, run in enumerate(runs)
        if run is not None and verdicts[place].accepted
    ]
    return verdicts, compared


def _unless_duplicate(
    verdict: Verdict,
    is_seen: bool,
    name: Execution | None,
    is_executed: bool,
    executions: set[Execution],
) -> Verdict:
    if is_seen:
        return rejected(Reason.DUPLICATE, "the same record is in an earlier batch")
    if name is None:
        return verdict
    if is_executed:
        return rejected(Reason.DUPLICATE, f"an earlier batch holds a record of {name.origin}")
    if name in executions:
        return rejected(
            Reason.DUPLICATE, f"this batch holds an earlier, different record of {name.origin}"
        )
    executions.add(name)
    return verdict
