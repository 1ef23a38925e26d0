"""How much bad records hurt, and how many of them validators find.

The honest records of the held-in configurations are anchored first, then one submission of each
kind of poison, together a stated share of all records. Errors are those on held-out configurations,
as honest contributors measured them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.prediction.c3o import TABLES
from bench.prediction.c3o import Job
from bench.prediction.poison import KINDS
from bench.prediction.poison import poisoned
from bench.prediction.protocol import mape
from bench.prediction.protocol import splits
from ledger.capture.mapping import preset
from ledger.capture.tables import read_table
from ledger.model.blend import Blend
from ledger.model.relevance import near
from ledger.record import codec
from ledger.record.schema import Record
from ledger.validate.checks.company import compare
from ledger.validate.checks.content import judge
from ledger.validate.checks.runs import Run
from ledger.validate.checks.runs import run_of
from tests.validate.records import CONTEXT

HONEST = "honest"
NUMBER = 5
"""Splits; each holds five models."""


@dataclass(frozen=True)
class Study:
    """What was found for one job and one share of poison.

    Attributes:
        clean: error in percent without poison.
        believed: with it, where nothing is validated.
        validated: with it, where records that validators reject are left out.
        given: records of each kind, and honest ones.
        caught: those of them that were rejected.
    """

    clean: float
    believed: float
    validated: float
    given: Counter[str]
    caught: Counter[str]


def study(job: Job, share: float, number: int = NUMBER) -> Study:
    """Poison a job's records and see what comes of it."""
    records = [row.record for row in read_table(TABLES / job.table, preset("c3o"))]
    records = [
        each
        for each in records
        if each.cluster.machine_type == job.machine_type
        and each.cluster.nodes >= job.least_scale
        and str(each.input.characteristics.get("line_length")) in {job.line_length or "100", "None"}
    ]
    places = sorted({_place(each) for each in records})
    errors: list[tuple[float, ...]] = []
    given: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for split, (seen, held) in enumerate(splits(len(places), number=number)):
        inside = {places[each] for each in seen}
        honest = [each for each in records if _place(each) in inside]
        truth = [each for each in records if _place(each) in {places[each] for each in held}]
        total = int(share * len(honest) / (1 - share))
        parts = {HONEST: honest} | {
            kind: poisoned(kind, honest, total // len(KINDS), split) for kind in KINDS
        }
        accepted = _accepted(parts)
        for kind, part in parts.items():
            given[kind] += len(part)
            caught[kind] += len(part) - len(accepted[kind])
        everything = [each for part in parts.values() for each in part]
        trusted = [each for part in accepted.values() for each in part]
        errors.append(tuple(_error(each, truth) for each in (honest, everything, trusted)))
    clean, believed, validated = np.mean(errors, axis=0).tolist()
    return Study(clean, believed, validated, given, caught)


def _accepted(parts: dict[str, list[Record]]) -> dict[str, list[Record]]:
    """What validators leave of each submission."""
    submissions: list[list[tuple[int, Run]]] = []
    standing: dict[int, tuple[str, Record]] = {}
    place = 0
    for kind, part in parts.items():
        submissions.append([])
        for record in part:
            place += 1
            if not judge(record, CONTEXT).accepted:
                continue
            standing[place] = kind, record
            run = run_of(record, codec.encode(record), kind)
            if run is not None:
                submissions[-1].append((place, run))
    for rejected in compare(submissions, ()):
        del standing[rejected]
    accepted: dict[str, list[Record]] = {kind: [] for kind in parts}
    for kind, record in standing.values():
        accepted[kind].append(record)
    return accepted


def _error(known: Sequence[Record], truth: Sequence[Record]) -> float:
    """Error of the medians of the held-out configurations, in percent."""
    places = sorted({_place(each) for each in truth})
    medians = [
        np.median([each.runtime_seconds for each in truth if _place(each) == place])
        for place in places
    ]
    rows, runtimes = (
        np.array([_place(each) for each in known]),
        np.array([each.runtime_seconds for each in known]),
    )
    relevant = near(rows, np.array(places))
    model = Blend(few=0).fit(rows[relevant], runtimes[relevant])
    return mape(np.array(medians), model.predict(np.array(places)))


def _place(record: Record) -> tuple[float, ...]:
    numbers = {**record.input.characteristics, **record.job.parameters}
    size = float(record.input.size_bytes or 0)
    return (size, float(record.cluster.nodes), *(float(numbers[name]) for name in sorted(numbers)))
