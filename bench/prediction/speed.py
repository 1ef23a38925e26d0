"""How long predictions take that learn, that go on from an earlier model, and that only answer.

All 4,650 records of C3O are given with each question, as the command and the page give them.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace

import numpy as np

from bench.prediction.c3o import JOBS
from bench.prediction.c3o import TABLES
from bench.prediction.c3o import Job
from bench.prediction.protocol import mape
from ledger.capture.mapping import preset
from ledger.capture.tables import read_table
from ledger.model.learned import Kept
from ledger.model.observation import Observation
from ledger.model.observation import Query
from ledger.model.predict import predict
from ledger.model.predict import predict_many
from ledger.model.prediction import Prediction
from ledger.record.codec import cid_of
from ledger.record.schema import Record

ANSWERS = 50
NEW = 0.05
HELD_OUT = 0.1
SEED = 2_021


@dataclass(frozen=True)
class Speed:
    """What was measured for one job.

    Attributes:
        learning: CPU seconds of the first prediction.
        answering: seconds of a later one, median.
        slowest: seconds of the slowest of 50.
        refreshing: CPU seconds of the first prediction with a twentieth of the configurations new.
        anew: CPU seconds of the same without the earlier model.
        error_refreshed: error on held-out configurations of the refreshed model, in percent.
        error_anew: and of that learned anew.
    """

    learning: float
    answering: float
    slowest: float
    refreshing: float
    anew: float
    error_refreshed: float
    error_anew: float


def everything() -> list[Observation]:
    """All records of C3O."""
    return [
        Observation(cid_of(row.record), row.record)
        for job in JOBS
        for row in read_table(TABLES / job.table, preset("c3o"))
    ]


def study(job: Job, records: list[Observation]) -> Speed:
    """Measure one job among all."""
    mine = [each for each in records if _asked_of(each.record, job)]
    others = [each for each in records if not _asked_of(each.record, job)]
    query, kept = question(mine[0].record), Kept()
    learning = _cpu(lambda: predict(records, query, kept=kept))
    took = []
    for nodes in range(ANSWERS):
        began = time.perf_counter()
        predict(records, replace(query, nodes=2 + nodes % 12), kept=kept)
        took.append(time.perf_counter() - began)
    places = sorted({place_of(each.record) for each in mine})
    order = np.random.default_rng(SEED).permutation(len(places))
    held, new = (max(int(share * len(places)), 1) for share in (HELD_OUT, NEW))
    truth = {places[each] for each in order[:held]}
    late = truth | {places[each] for each in order[held : held + new]}
    first = [*others, *(each for each in mine if place_of(each.record) not in late)]
    later = [*others, *(each for each in mine if place_of(each.record) not in truth)]
    refreshed, anew = Kept(), Kept()
    predict(first, query, kept=refreshed)
    return Speed(
        learning=learning,
        answering=statistics.median(took),
        slowest=max(took),
        refreshing=_cpu(lambda: predict(later, query, kept=refreshed)),
        anew=_cpu(lambda: predict(later, query, kept=anew)),
        error_refreshed=_error(later, mine, truth, refreshed),
        error_anew=_error(later, mine, truth, anew),
    )


def question(record: Record) -> Query:
    """The question to which a record is the answer."""
    return Query(
        record.job.name,
        record.cluster.nodes,
        record.job.framework.name,
        record.input.size_bytes,
        record.cluster.machine_type,
        parameters=record.job.parameters,
        characteristics=record.input.characteristics,
    )


def _error(
    known: list[Observation], mine: list[Observation], truth: set[tuple[object, ...]], kept: Kept
) -> float:
    runs = {
        place: [each.record for each in mine if place_of(each.record) == place] for place in truth
    }
    found = predict_many(known, [question(each[0]) for each in runs.values()], kept=kept)
    assert all(isinstance(each, Prediction) for each in found)
    medians = [np.median([each.runtime_seconds for each in repeats]) for repeats in runs.values()]
    foretold = [each.runtime_seconds for each in found if isinstance(each, Prediction)]
    return mape(np.array(medians), np.array(foretold))


def _asked_of(record: Record, job: Job) -> bool:
    lengths = {job.line_length or "100", "None"}
    return (
        record.job.name == job.table.removesuffix(".tsv")
        and record.cluster.machine_type == job.machine_type
        and str(record.input.characteristics.get("line_length")) in lengths
    )


def place_of(record: Record) -> tuple[object, ...]:
    """The configuration of a record without its machine type."""
    numbers = {**record.input.characteristics, **record.job.parameters}
    return (record.cluster.nodes, record.input.size_bytes, *sorted(numbers.items()))


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
