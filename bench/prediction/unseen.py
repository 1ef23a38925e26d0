"""Runs on machine types that a job never ran on, foretold from other types and from other jobs.

Each machine type of each of C3O's jobs is hidden in turn. Its runs are asked for twice: from the
job's runs on other types, compared by their cores; and with what other jobs say of the type too.
"""

from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

import numpy as np

from bench.prediction.c3o import TABLES as FOLDER
from bench.prediction.choosing import TABLES
from bench.prediction.protocol import mape
from bench.prediction.speed import place_of
from bench.prediction.speed import question
from ledger.capture.mapping import preset
from ledger.capture.tables import read_table
from ledger.model.columns import Runs
from ledger.model.columns import runs_of
from ledger.model.known import Known
from ledger.model.observation import Observation
from ledger.model.predict import predict_many
from ledger.model.prediction import LEVEL
from ledger.model.prediction import Prediction
from ledger.model.regressor import Floats
from ledger.record.codec import cid_of


@dataclass(frozen=True)
class Unseen:
    """What was measured for one machine type of one job.

    Attributes:
        job: its name.
        machine_type: what was hidden.
        configurations: how many of its configurations there are.
        by_cores: mean absolute percentage error where runs on other types are compared by cores.
        helped: the same where other jobs say how the types differ beyond that.
        held: share of runs that the latter's 90 % intervals hold.
    """

    job: str
    machine_type: str
    configurations: int
    by_cores: float
    helped: float
    held: float


def studies() -> Iterator[Unseen]:
    """Each machine type of each job, hidden in turn."""
    jobs = {table: _observations(table) for table in TABLES}
    for job, observations in jobs.items():
        for machine in sorted({str(each.record.cluster.machine_type) for each in observations}):
            others = {
                name: runs
                for name, runs in ((name, runs_of(each)) for name, each in jobs.items())
                if name != job and runs.machine_type.equals(machine).any()
            }
            yield _study(job, machine, observations, others)


def _study(
    job: str, machine: str, observations: Sequence[Observation], others: Mapping[str, Runs]
) -> Unseen:
    runs: defaultdict[tuple[object, ...], list[Observation]] = defaultdict(list)
    for each in observations:
        if each.record.cluster.machine_type == machine:
            runs[place_of(each.record)].append(each)
    known = Known([e for e in observations if e.record.cluster.machine_type != machine])
    asked = [question(each[0].record) for each in runs.values()]
    cores = next(iter(runs.values()))[0].record.cluster.cores_per_node
    with_cores = [replace(each, cores_per_node=cores) for each in asked]
    plain = predict_many(known, with_cores)
    helped = predict_many(known, asked, others=lambda _: others)
    seconds = [[each.record.runtime_seconds for each in repeats] for repeats in runs.values()]
    medians = np.array([np.median(each) for each in seconds])
    ends = [each.odds.between(LEVEL) for each in helped if isinstance(each, Prediction)]
    held = [
        low <= runtime <= high
        for (low, high, _), repeats in zip(ends, seconds, strict=True)
        for runtime in repeats
    ]
    return Unseen(
        job=job,
        machine_type=machine,
        configurations=len(runs),
        by_cores=_error(plain, medians),
        helped=_error(helped, medians),
        held=float(np.mean(held)),
    )


def _observations(table: str) -> list[Observation]:
    rows = read_table(FOLDER / f"{table}.tsv", preset("c3o"))
    return [Observation(cid_of(row.record), row.record) for row in rows if row.record is not None]


def _error(answers: Sequence[object], medians: Floats) -> float:
    foretold = [each.runtime_seconds for each in answers if isinstance(each, Prediction)]
    return mape(medians, np.array(foretold))
