"""Which runs are like those that are asked for: in machine type and in properties."""

import numpy as np

from ledger.model.columns import Column
from ledger.model.columns import Runs
from ledger.model.columns import is_number
from ledger.model.observation import Query
from ledger.model.refusal import MIN_CONFIGURATIONS
from ledger.model.refusal import enough
from ledger.model.refusal import too_few

_MOST_NAMED = 10


def of_the_machine(runs: Runs, query: Query, notes: list[str]) -> tuple[Runs, bool, int | None]:
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
    by_core = _by_core(runs, wanted)
    if cores is None or by_core.configurations < MIN_CONFIGURATIONS:
        known = ", ".join(sorted(str(name) for name in runs.machine_type.known()))
        raise too_few(
            same.configurations,
            f"of {query.job!r} ran on {wanted or 'machines of known cores'}",
            f"There are records on {known or 'unnamed machines'}; ask for one of them, or give "
            "the cores of a node (--cores, cores_per_node).",
        )
    notes.append(f"too few runs on {wanted or 'one machine type'}: runs on all types, by cores")
    return by_core, True, cores


def of_the_contributor(runs: Runs, query: Query, notes: list[str]) -> Runs:
    """The runs of who is asked about, or of everybody where those are too few."""
    if query.contributor is None:
        return runs
    own = runs[runs.contributor.equals(query.contributor)]
    if own.configurations >= MIN_CONFIGURATIONS:
        return own
    place = f" on {query.machine_type}" if query.machine_type else ""
    notes.append(
        f"{query.contributor} ran it too few times{place}: runs by everybody are taken as if they "
        "were theirs"
    )
    return runs


def told_apart(here: Runs, query: Query) -> bool:
    """Whether runs here are only those of who is asked about."""
    return query.contributor is not None and bool(here.contributor.equals(query.contributor).all())


def _by_core(runs: Runs, wanted: str | None) -> Runs:
    """Runs of known cores; those on the type itself say how it differs, where others are enough."""
    known = runs[~np.isnan(runs.cores)]
    others = known[~known.machine_type.equals(wanted)]
    return others if others.configurations >= MIN_CONFIGURATIONS else known


def _most_common(column: Column) -> str | None:
    codes, counts = np.unique(column.codes, return_counts=True)
    code = int(codes[np.argmax(counts)])
    return str(column.values[code]) if code >= 0 else None


def of_the_properties(runs: Runs, query: Query, notes: list[str]) -> tuple[Runs, list[str]]:
    """The runs with equal text properties, and the numeric ones that become features."""
    kept, numeric = runs, []
    for name, value in sorted(query.properties.items()):
        column = kept.properties.get(name)
        if column is None or not column.stated.any():
            notes.append(f"no record states {name}: it is left out of account")
        elif is_number(value):
            kept = kept[~np.isnan(column.numbers)]
            enough(kept, f"state {name} as a number", f"Ask without {name}.")
            numeric.append(name)
        else:
            known = sorted(map(str, column.known()))[:_MOST_NAMED]
            kept = kept[column.equals(value)]
            enough(kept, f"have {name} = {value}", f"Known values are {', '.join(known)}.")
    varying = [
        name
        for name, column in sorted(kept.properties.items())
        if name not in query.properties and column.different > 1
    ]
    if varying:
        notes.append(f"not given, though the records differ in it: {', '.join(varying)}")
    return kept, numeric
