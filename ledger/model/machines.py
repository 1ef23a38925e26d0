"""How much longer a job takes on a machine type that it hardly ran on than its cores say.

Runs on other types are compared by their cores (`ledger.model.basis`). What that leaves, faster
memory for one, is guessed from the jobs that ran on both, and from the job's own runs there if it
has one or two. Jobs differ in it, so that the guess is drawn towards no difference as far as jobs
are few, and how far it may be off is part of the answer.

Source: the shrinkage and the variance of one more job are those of a random-effects model:
DerSimonian and Laird, Meta-Analysis in Clinical Trials, 1986; Higgins et al., A Re-Evaluation of
Random-Effects Meta-Analysis, JRSS A 2009.
"""

import math
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

import numpy as np

from ledger.model.columns import Mask
from ledger.model.columns import Runs
from ledger.model.columns import numbered
from ledger.model.observation import Query
from ledger.model.regressor import Floats

USUAL = 0.25
"""Standard deviation, between jobs and machine types, of the logarithm of how much longer a job
takes than cores say; of C3O's jobs it is 0.2."""

PRIOR = 2.0
"""Jobs that no difference counts as."""

OWN = 0.1
"""Standard deviation of the same where the job's own runs say it: it differs between inputs."""

Others = Callable[[str], Mapping[str, Runs]]
"""Gives the runs of other jobs that ran on a machine type, those on other types included."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much longer a job takes on a machine type than runs on others say by their cores.

    Attributes:
        logarithm: of the ratio that is assumed.
        doubt: standard deviation of that logarithm.
        ratios: of each other job that ran on both, by name.
        cids: names of the records that say so.
    """

    logarithm: float
    doubt: float
    ratios: Mapping[str, float]
    cids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one job's runs on both say: the mean logarithm, and which they are."""

    logarithm: float
    cids: tuple[str, ...]


def nobody(_: str) -> Mapping[str, Runs]:
    """`Others` where no other job is known."""
    return {}


def with_cores(query: Query, own: Runs, others: Others) -> Query:
    """The same question with the cores of a machine type that only other jobs ran on."""
    name = query.machine_type
    if name is None or query.cores_per_node is not None or name in own.machine_type.values:
        return query
    return replace(query, cores_per_node=cores_of(name, others))


def cores_of(machine_type: str, others: Others) -> int | None:
    """Cores of a node as most of the other jobs' runs have it; None: none says."""
    found = [
        runs.cores[runs.machine_type.equals(machine_type) & ~np.isnan(runs.cores)]
        for runs in others(machine_type).values()
    ]
    values, counts = np.unique(np.concatenate([[], *found]), return_counts=True)
    return int(values[np.argmax(counts)]) if len(values) else None


def difference(
    machine_type: str | None, types: Sequence[str], own: Runs, others: Others
) -> Difference:
    """What is to be added to the logarithm of a runtime.

    Args:
        machine_type: that is asked for; None: any of so many cores.
        types: machine types that the runs are on which are compared by cores.
        own: all runs of the job.
        others: runs of other jobs.
    """
    if machine_type is None:
        return Difference(0.0, USUAL, {}, ())
    told = {
        job: seen
        for job, runs in sorted(others(machine_type).items())
        if (seen := _seen(runs, machine_type, types)) is not None
    }
    logarithms = np.array([each.logarithm for each in told.values()])
    count = len(logarithms)
    middle = float(np.median(logarithms)) if count else 0.0
    between = (PRIOR * USUAL**2 + float(np.sum((logarithms - middle) ** 2))) / (PRIOR + count)
    logarithm = middle * count / (count + PRIOR)
    variance = between * (1 + 1 / (count + PRIOR))
    cids = [cid for each in told.values() for cid in each.cids]
    itself = _seen(own, machine_type, types)
    if itself is not None:
        share = variance / (variance + OWN**2)
        logarithm += share * (itself.logarithm - logarithm)
        variance *= 1 - share
        cids += itself.cids
    ratios = {job: math.exp(each.logarithm) for job, each in told.items()}
    return Difference(logarithm, math.sqrt(variance), ratios, tuple(cids))


def _seen(runs: Runs, machine_type: str, types: Sequence[str]) -> _Seen | None:
    """The mean over configurations that ran on both, by cores; None: there is none."""
    known = ~np.isnan(runs.cores)
    there = runs.machine_type.equals(machine_type) & known
    elsewhere = _on_any(runs, types) & known & ~there
    if not there.any() or not elsewhere.any():
        return None
    both = there | elsewhere
    of, kept = there[both], runs[both]
    _, places = numbered(_configured(kept))
    logs = np.log(kept.runtime)
    counts = [np.bincount(places[mask], minlength=places.max() + 1) for mask in (of, ~of)]
    sums = [np.bincount(places[mask], logs[mask], len(counts[0])) for mask in (of, ~of)]
    common = (counts[0] > 0) & (counts[1] > 0)
    if not common.any():
        return None
    ratios = sums[0][common] / counts[0][common] - sums[1][common] / counts[1][common]
    return _Seen(float(np.mean(ratios)), tuple(kept.cids[common[places]].tolist()))


def _on_any(runs: Runs, types: Sequence[str]) -> Mask:
    found: Mask = np.any([runs.machine_type.equals(name) for name in types], axis=0)
    return found


def _configured(runs: Runs) -> Floats:
    """Configurations by all but the machine type, the scale-out in cores."""
    per_node = np.where(np.isnan(runs.workers), runs.cores, runs.workers)
    columns = (runs.framework, *runs.properties.values())
    codes = [column.codes.astype(np.float64) for column in columns]
    return np.column_stack([runs.nodes * per_node, np.nan_to_num(runs.size, nan=-1.0), *codes])
