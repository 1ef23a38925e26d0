"""Judging records in the company of others: those of their batch, and earlier ones of their jobs.

Each of these checks needs more than one record, so they come after all that look at one alone, and
only records that passed those are compared.
"""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence

from ledger.store.blocks import BlockStore
from ledger.validate.checks.content import read
from ledger.validate.checks.content import rejected
from ledger.validate.checks.context import Context
from ledger.validate.checks.copies import Known
from ledger.validate.checks.copies import copies
from ledger.validate.checks.runs import Run
from ledger.validate.checks.runs import run_of
from ledger.validate.checks.scaling import computed
from ledger.validate.checks.sizes import strange
from ledger.validate.reasons import Reason
from ledger.validate.report import Verdict

MOST_JOBS = 100
"""Whose earlier records are looked up: the most frequent of a batch. A batch with a name for each
record would otherwise cost a look-up for each."""

Submitted = Sequence[tuple[int, Run]]
"""One submission's runs with their places in the batch."""


def earlier(submissions: Sequence[Submitted], store: BlockStore, context: Context) -> list[Run]:
    """The earlier runs of the jobs of a batch, as far as their blocks are here."""
    return [run for job in jobs_of(submissions) for run in earlier_of(job, store, context)]


def jobs_of(submissions: Sequence[Submitted]) -> list[str]:
    """Jobs whose earlier runs are looked up, the most frequent first."""
    jobs = Counter(run.family[0] for submitted in submissions for _, run in submitted)
    return sorted(jobs, key=lambda job: (-jobs[job], job))[:MOST_JOBS]


def earlier_of(job: str, store: BlockStore, context: Context) -> Iterator[Run]:
    """The earlier runs of a job, as far as their blocks are here."""
    there = context.alike(job)
    gone = set(store.missing([digest for digest, _ in there]))
    kept = [(digest, contributor) for digest, contributor in there if digest not in gone]
    blocks = store.get_many([digest for digest, _ in kept])
    for block, (_, contributor) in zip(blocks, kept, strict=True):
        record = read(block)
        run = None if isinstance(record, Verdict) else run_of(record, block, contributor)
        if run is not None:
            yield run


def compare(submissions: Sequence[Submitted], known: Sequence[Run]) -> dict[int, Verdict]:
    """Rejections by place, of runs that passed all other checks.

    Args:
        submissions: in the batch's order.
        known: earlier runs of the same jobs.
    """
    from ledger.validate.checks.outliers import outliers  # by numpy, which is slow to import

    found: dict[int, Verdict] = {}
    contents = Known(known)
    for submitted in submissions:
        for place in copies(submitted, contents):
            found[place] = rejected(
                Reason.DUPLICATE_CONTENT, "another contributor's record says the same"
            )
        own = [(place, run) for place, run in submitted if place not in found]
        for place in computed(own):
            found[place] = rejected(
                Reason.IMPOSSIBLE_SCALING,
                "runtime times nodes is the same on every scale-out of this submission",
            )
        for _, run in own:
            contents.add(run)
    left = {
        place: run for submitted in submissions for place, run in submitted if place not in found
    }
    for place, usual in strange(left, known).items():
        found[place] = rejected(
            Reason.INCONSISTENT_SIZES,
            f"{left.pop(place).size:.6g} bytes, where other runs on such rows have {usual:.6g}",
        )
    for place, expected in outliers(left, known).items():
        seconds = left[place].seconds
        found[place] = rejected(
            Reason.OUTLIER, f"{seconds:.6g} s, where other runs of the job say {expected:.3g} s"
        )
    return found
