"""Which runs say something about a kind of question: those it rests on, whatever its numbers are.

Only successful runs of the same job and framework count. Runs on the same machine type are taken
alone if there are enough; otherwise runs on any type, compared by their cores. So are runs by the
contributor whom a question names; those by others then help as those on other machine types do.
Properties that are text or true/false must be equal; numbers become features, so that a run with
k = 5 can say something about k = 7.
"""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from ledger.model.alike import of_the_contributor
from ledger.model.alike import of_the_machine
from ledger.model.alike import of_the_properties
from ledger.model.alike import told_apart
from ledger.model.columns import Codes
from ledger.model.columns import Runs
from ledger.model.columns import Texts
from ledger.model.columns import is_number
from ledger.model.columns import numbered
from ledger.model.elsewhere import Elsewhere
from ledger.model.elsewhere import elsewhere_of
from ledger.model.observation import Query
from ledger.model.observation import scale_of
from ledger.model.refusal import MORE_RUNS
from ledger.model.refusal import enough
from ledger.model.regressor import Floats

ENOUGH_HERE = 80
"""Configurations on the machine type that is asked for, beyond which others are not looked at."""

UNNAMED = ""
"""Machine type of runs that name none."""

MOST_ELSEWHERE = 160
"""Configurations on other machine types: the time that surfaces take grows with their cube."""


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
        types: machine types of runs whose scale-out counts cores, as they are not all on the one
            that is asked for; empty: they are.
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
    types: tuple[str, ...]
    cores: int | None
    notes: tuple[str, ...]
    digest: str
    kind: str

    @property
    def by_core(self) -> bool:
        """Whether the scale-out counts cores."""
        return bool(self.types)

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
        query.contributor,
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
    enough(kept, f"are successful runs of {query.job!r}{on}", MORE_RUNS)
    everywhere = kept
    kept, by_core, cores = of_the_machine(kept, query, notes)
    kept, numeric = of_the_properties(kept, query, notes)
    sized = query.size_bytes is not None
    if sized:
        kept = kept[~np.isnan(kept.size)]
        hint = "Ask without a size, or contribute runs that state it."
        enough(kept, "say the size of their input", hint)
    else:
        notes.append("no input size was given: runs are compared as if their sizes were equal")
    kept = of_the_contributor(kept, query, notes)
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
        types=tuple(map(str, kept.machine_type.known())) or (UNNAMED,) if by_core else (),
        cores=cores,
        notes=tuple(notes),
        digest=_digest(names, kept, rows),
        kind=hashlib.sha256(repr(kind_of(query)).encode()).hexdigest(),
    )


def _elsewhere(
    everywhere: Runs, here: Runs, query: Query, numeric: list[str], configurations: int
) -> Elsewhere | None:
    """Runs that are like those here in all but the machine type, and who ran them."""
    if configurations > ENOUGH_HERE:
        return None
    like = ~np.isin(everywhere.machine_type.codes, np.unique(here.machine_type.codes))
    own = np.ones(len(everywhere), dtype=bool)
    if told_apart(here, query):
        own = everywhere.contributor.equals(query.contributor)
        like |= ~own
    for name, value in query.properties.items():
        column = everywhere.properties.get(name)
        if name in numeric and column is not None:
            like &= ~np.isnan(column.numbers)
        elif column is not None and here.properties[name].stated.any():
            like &= column.equals(value)
    sized = query.size_bytes is not None
    if sized:
        like &= ~np.isnan(everywhere.size)
    if not like.any():
        return None
    others = everywhere[like]
    rows = _rows(others, numeric, sized=sized, by_core=False)
    return elsewhere_of(others, rows, own[like], MOST_ELSEWHERE)


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


def _digest(names: tuple[str, ...], runs: Runs, rows: Floats) -> str:
    digest = hashlib.sha256("\n".join([*names, "", *runs.cids.tolist()]).encode())
    for part in (rows, runs.runtime, runs.weight):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
