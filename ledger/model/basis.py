"""Which runs say something about a kind of question: those it rests on, whatever its numbers are.

Only successful runs of the same job and framework count. Runs on the same machine type are taken
alone if there are enough; otherwise runs on any type, compared by their cores. Properties that are
text or true/false must be equal; numbers become features, so that a run with k = 5 can say
something about k = 7.
"""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from ledger.errors import NotFoundError
from ledger.model.columns import ENOUGH
from ledger.model.columns import Codes
from ledger.model.columns import Column
from ledger.model.columns import Runs
from ledger.model.columns import Texts
from ledger.model.columns import is_number
from ledger.model.columns import numbered
from ledger.model.elsewhere import Elsewhere
from ledger.model.elsewhere import elsewhere_of
from ledger.model.mixture import MOST_CONFIGURATIONS
from ledger.model.observation import Query
from ledger.model.observation import scale_of
from ledger.model.regressor import Floats

MIN_CONFIGURATIONS = ENOUGH
"""Distinct configurations below which no model is better than a guess."""

MORE_RUNS = "Contribute runs of it with other input sizes or scale-outs."

_MOST_NAMED = 10


class TooFewRecordsError(NotFoundError):
    """Too few comparable runs are known to predict from."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Runs as a feature matrix.

    Attributes:
        cids: names of the records.
        names: what the columns of ``rows`` are: size, scale-out, further properties.
        rows: the distinct configurations, one row each, as measured.
        groups: place of each run's configuration among them.
        y: runtimes in seconds.
        weight: how much each run counts.
        elsewhere: runs on other machine types, which may help; None: there are none.
        by_core: whether the scale-out counts cores, as the runs are on different machine types.
        cores: of a node of the run that is asked for; None: nobody says.
        notes: what was assumed or left out, for the reader of a prediction.
        digest: SHA-256 over all that a model sees of the runs.
        kind: SHA-256 of the kind of question.
    """

    cids: Texts
    names: tuple[str, ...]
    rows: Floats
    groups: Codes
    y: Floats
    weight: Floats
    elsewhere: Elsewhere | None
    by_core: bool
    cores: int | None
    notes: tuple[str, ...]
    digest: str
    kind: str

    def target(self, query: Query) -> Floats:
        """The features of the run that is asked for, one row."""
        scale = scale_of(query.nodes, query.parameters, self.cores, by_core=self.by_core)
        numbers = [float(query.properties[name]) for name in self.names[2:]]
        size = 1.0 if query.size_bytes is None else float(query.size_bytes)
        return np.array([[size, scale, *numbers]])


def kind_of(query: Query) -> Hashable:
    """All of a question that decides on its basis: not its numbers, nor their order."""
    return (
        query.job,
        query.framework,
        query.size_bytes is None,
        query.machine_type,
        query.cores_per_node,
        *(
            (name, None if is_number(value) else (type(value) is bool, value))
            for name, value in sorted(query.properties.items())
        ),
    )


def basis_of(runs: Runs, query: Query) -> Basis:
    """The runs of a job that a question of this kind rests on.

    Raises:
        TooFewRecordsError: fewer than `MIN_CONFIGURATIONS` distinct configurations; says which
            condition left too few and what there is instead.
    """
    notes: list[str] = []
    kept = runs if query.framework is None else runs[runs.framework.equals(query.framework)]
    on = f" on {query.framework}" if query.framework else ""
    _enough(kept, f"are successful runs of {query.job!r}{on}", MORE_RUNS)
    everywhere = kept
    kept, by_core, cores = _of_the_machine(kept, query, notes)
    kept, numeric = _of_the_properties(kept, query, notes)
    sized = query.size_bytes is not None
    if sized:
        kept = kept[~np.isnan(kept.size)]
        hint = "Ask without a size, or contribute runs that state it."
        _enough(kept, "say the size of their input", hint)
    else:
        notes.append("no input size was given: runs are compared as if their sizes were equal")
    rows = _rows(kept, numeric, sized=sized, by_core=by_core)
    distinct, groups = numbered(rows)
    names = ("input.size_bytes", "scale-out", *numeric)
    return Basis(
        cids=kept.cids,
        names=names,
        rows=distinct,
        groups=groups,
        y=kept.runtime,
        weight=kept.weight,
        elsewhere=None if by_core else _elsewhere(everywhere, kept, query, numeric, len(distinct)),
        by_core=by_core,
        cores=cores,
        notes=tuple(notes),
        digest=_digest(names, kept, rows),
        kind=hashlib.sha256(repr(kind_of(query)).encode()).hexdigest(),
    )


def too_few(count: int, condition: str, hint: str) -> TooFewRecordsError:
    """The refusal, naming the condition that so many configurations meet."""
    return TooFewRecordsError(
        f"too few records to predict from: {count or 'no'} distinct configurations {condition}, "
        f"{MIN_CONFIGURATIONS} are needed",
        hint=hint,
    )


def _of_the_machine(runs: Runs, query: Query, notes: list[str]) -> tuple[Runs, bool, int | None]:
    """The runs on the machine type, or on all types by core; and the cores of the query's node."""
    wanted, different = query.machine_type, runs.machine_type.different
    if wanted is None and query.cores_per_node is None and different > 1:
        wanted = _most_common(runs.machine_type)
        notes.append(f"no machine type was given: {wanted} is assumed, which has most records")
    if wanted is None and different == 1:
        return runs, False, query.cores_per_node
    same = runs[runs.machine_type.equals(wanted)]
    if wanted is not None and same.configurations >= MIN_CONFIGURATIONS:
        return same, False, query.cores_per_node
    stated = same.cores[~np.isnan(same.cores)]
    cores = query.cores_per_node or (int(stated[0]) if len(stated) else None)
    by_core = runs[~np.isnan(runs.cores)]
    if cores is None or by_core.configurations < MIN_CONFIGURATIONS:
        known = ", ".join(sorted(str(name) for name in runs.machine_type.known()))
        raise too_few(
            same.configurations,
            f"of {query.job!r} ran on {wanted or 'machines of known cores'}",
            f"There are records on {known or 'unnamed machines'}; ask for one of them, or give "
            "the cores of a node.",
        )
    notes.append(f"too few runs on {wanted or 'one machine type'}: runs on all types, by cores")
    return by_core, True, cores


def _most_common(column: Column) -> str | None:
    codes, counts = np.unique(column.codes, return_counts=True)
    code = int(codes[np.argmax(counts)])
    return str(column.values[code]) if code >= 0 else None


def _of_the_properties(runs: Runs, query: Query, notes: list[str]) -> tuple[Runs, list[str]]:
    """The runs with equal text properties, and the numeric ones that become features."""
    kept, numeric = runs, []
    for name, value in sorted(query.properties.items()):
        column = kept.properties.get(name)
        if column is None or not column.stated.any():
            notes.append(f"no record states {name}: it is left out of account")
        elif is_number(value):
            kept = kept[~np.isnan(column.numbers)]
            _enough(kept, f"state {name} as a number", f"Ask without {name}.")
            numeric.append(name)
        else:
            known = sorted(map(str, column.known()))[:_MOST_NAMED]
            kept = kept[column.equals(value)]
            _enough(kept, f"have {name} = {value}", f"Known values are {', '.join(known)}.")
    varying = [
        name
        for name, column in sorted(kept.properties.items())
        if name not in query.properties and column.different > 1
    ]
    if varying:
        notes.append(f"not given, though the records differ in it: {', '.join(varying)}")
    return kept, numeric


def _elsewhere(
    everywhere: Runs, here: Runs, query: Query, numeric: list[str], configurations: int
) -> Elsewhere | None:
    """Runs that are like those here in all but the machine type."""
    like = ~np.isin(everywhere.machine_type.codes, np.unique(here.machine_type.codes))
    for name, value in query.properties.items():
        column = everywhere.properties.get(name)
        if name in numeric and column is not None:
            like &= ~np.isnan(column.numbers)
        elif column is not None and here.properties[name].stated.any():
            like &= column.equals(value)
    sized = query.size_bytes is not None
    if sized:
        like &= ~np.isnan(everywhere.size)
    others = everywhere[like]
    rows = _rows(others, numeric, sized=sized, by_core=False)
    return elsewhere_of(others, rows, MOST_CONFIGURATIONS - configurations)


def _rows(runs: Runs, numeric: list[str], *, sized: bool, by_core: bool) -> Floats:
    """The features of each run."""
    size = runs.size if sized else np.ones(len(runs))
    numbers = [runs.properties[name].numbers for name in numeric]
    return np.column_stack([size, _scales(runs, by_core=by_core), *numbers])


def _scales(runs: Runs, *, by_core: bool) -> Floats:
    """See `ledger.model.observation.scale_of`."""
    cores = np.nan_to_num(runs.cores, nan=1.0) if by_core else np.ones(len(runs))
    scales: Floats = runs.nodes * np.where(np.isnan(runs.workers), cores, runs.workers)
    return scales


def _enough(runs: Runs, condition: str, hint: str) -> None:
    count = runs.configurations
    if count < MIN_CONFIGURATIONS:
        raise too_few(count, condition, hint)


def _digest(names: tuple[str, ...], runs: Runs, rows: Floats) -> str:
    digest = hashlib.sha256("\n".join([*names, "", *runs.cids.tolist()]).encode())
    for part in (rows, runs.runtime, runs.weight):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
