"""Which records say something about a run that is asked for, and as which numbers.

Only successful runs of the same job and framework count. Runs on the same machine type are taken
alone if there are enough; otherwise runs on any type, compared by their cores. Properties that are
text or true/false must be equal; numbers become features, so that a run with k = 5 can say
something about k = 7.
"""

from collections import Counter
from collections.abc import Hashable
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ledger.errors import NotFoundError
from ledger.model.observation import Observation
from ledger.model.observation import Query
from ledger.model.observation import scale_of
from ledger.model.observation import workers_of
from ledger.model.regressor import Floats
from ledger.model.relevance import near
from ledger.model.relevance import too_far
from ledger.record.schema import Scalar
from ledger.record.schema import Status

MIN_CONFIGURATIONS = 3
"""Distinct configurations below which no model is better than a guess."""


class TooFewRecordsError(NotFoundError):
    """Too few comparable runs are known to predict from."""


@dataclass(frozen=True, slots=True)
class Comparable:
    """Comparable runs as a feature matrix.

    Attributes:
        observations: the runs.
        names: what the columns of ``X`` are: size, scale-out, further properties.
        X: one row per run.
        y: runtimes in seconds.
        weight: how much each run counts.
        groups: number of each run's configuration; repeats have the same.
        target: the features of the run that is asked for, one row.
        notes: what was assumed or left out, for the reader of a prediction.
    """

    observations: tuple[Observation, ...]
    names: tuple[str, ...]
    X: Floats
    y: Floats
    weight: Floats
    groups: tuple[int, ...]
    target: Floats
    notes: tuple[str, ...]

    @property
    def configurations(self) -> int:
        """Number of distinct configurations."""
        return len(set(self.groups))

    def equal_in(self, prefix: str) -> "Comparable":
        """The runs whose properties below a path prefix are those of the run asked for."""
        columns = [n for n, name in enumerate(self.names) if n > 1 and name.startswith(prefix)]
        kept = np.flatnonzero((self.X[:, columns] == self.target[0, columns]).all(axis=1))
        return Comparable(
            observations=tuple(self.observations[n] for n in kept),
            names=self.names,
            X=self.X[kept],
            y=self.y[kept],
            weight=self.weight[kept],
            groups=tuple(self.groups[n] for n in kept),
            target=self.target,
            notes=self.notes,
        )


def comparable(observations: Sequence[Observation], query: Query) -> Comparable:
    """The runs that are comparable to the one asked for.

    Raises:
        TooFewRecordsError: fewer than `MIN_CONFIGURATIONS` distinct configurations; says which
            condition left too few and what there is instead.
        TooFarError: all of them are more than `FARTHEST` times away.
    """
    notes: list[str] = []
    kept = _of_the_job(observations, query)
    kept, by_core, cores = _of_the_machine(kept, query, notes)
    kept, numeric = _of_the_properties(kept, query, notes)
    size_known = query.size_bytes is not None
    if size_known:
        kept = _enough(
            [each for each in kept if each.record.input.size_bytes is not None],
            "say the size of their input",
            "Ask without a size, or contribute runs that state it.",
        )
    else:
        notes.append("no input size was given: runs are compared as if their sizes were equal")
    names = ("input.size_bytes", "scale-out", *numeric)
    rows = [_row(each, numeric, by_core=by_core, size_known=size_known) for each in kept]
    target = [
        float(query.size_bytes) if query.size_bytes is not None else 1.0,
        scale_of(query.nodes, query.parameters, cores, by_core=by_core),
        *(float(query.properties[name]) for name in numeric),
    ]
    known = np.array(rows, dtype=np.float64)
    # Models take no negative numbers; where zero lies on an axis that has some means nothing.
    below = np.minimum(np.minimum(known.min(axis=0), target), 0.0)
    relevant = near(known - below, np.array([target]) - below)
    if relevant.any():
        kept = [each for each, counts in zip(kept, relevant, strict=True) if counts]
        rows = [each for each, counts in zip(rows, relevant, strict=True) if counts]
    numbers = {row: number for number, row in enumerate(sorted(set(rows)))}
    if len(numbers) < MIN_CONFIGURATIONS:
        raise _too_few(len(numbers), f"of {query.job!r} are comparable", _MORE_RUNS)
    if not relevant.any():
        raise too_far(names, known, np.array(target))
    known = known[relevant]
    return Comparable(
        observations=tuple(kept),
        names=names,
        X=known - below,
        y=np.array([each.record.runtime_seconds for each in kept]),
        weight=np.array([each.weight for each in kept], dtype=np.float64),
        groups=tuple(numbers[row] for row in rows),
        target=np.array([target]) - below,
        notes=tuple(notes),
    )


_MORE_RUNS = "Contribute runs of it with other input sizes or scale-outs."


def _of_the_job(observations: Sequence[Observation], query: Query) -> list[Observation]:
    kept = [
        each
        for each in observations
        if each.weight > 0
        and each.record.runtime_seconds > 0
        and each.record.status is Status.SUCCEEDED
        and each.record.job.name == query.job
        and query.framework in {None, each.record.job.framework.name}
    ]
    on = f" on {query.framework}" if query.framework else ""
    return _enough(kept, f"are successful runs of {query.job!r}{on}", _MORE_RUNS)


def _of_the_machine(
    observations: list[Observation], query: Query, notes: list[str]
) -> tuple[list[Observation], bool, int | None]:
    """The runs on the machine type, or on all types by core; and the cores of the query's node."""
    types = Counter(each.record.cluster.machine_type for each in observations)
    wanted = query.machine_type
    if wanted is None and query.cores_per_node is None and len(types) > 1:
        wanted = types.most_common(1)[0][0]
        notes.append(f"no machine type was given: {wanted} is assumed, which has most records")
    if wanted is None and len(types) == 1:
        return observations, False, query.cores_per_node
    same = [each for each in observations if each.record.cluster.machine_type == wanted]
    if wanted is not None and _configurations(same) >= MIN_CONFIGURATIONS:
        return same, False, query.cores_per_node
    cores = query.cores_per_node or next(
        (each.record.cluster.cores_per_node for each in same), None
    )
    by_core = [each for each in observations if each.record.cluster.cores_per_node]
    if cores is None or _configurations(by_core) < MIN_CONFIGURATIONS:
        known = ", ".join(sorted(str(name) for name in types if name))
        raise _too_few(
            _configurations(same),
            f"of {query.job!r} ran on {wanted or 'machines of known cores'}",
            f"There are records on {known or 'unnamed machines'}; ask for one of them, or give "
            "the cores of a node.",
        )
    notes.append(f"too few runs on {wanted or 'one machine type'}: runs on all types, by cores")
    return by_core, True, cores


def _of_the_properties(
    observations: list[Observation], query: Query, notes: list[str]
) -> tuple[list[Observation], list[str]]:
    """The runs with equal text properties, and the numeric ones that become features."""
    kept, numeric = observations, []
    for name, value in query.properties.items():
        having = [each for each in kept if name in each.properties]
        if not having:
            notes.append(f"no record states {name}: it is left out of account")
        elif _is_number(value):
            kept = _enough(
                [each for each in having if _is_number(each.properties[name])],
                f"state {name} as a number",
                f"Ask without {name}.",
            )
            numeric.append(name)
        else:
            known = sorted({str(each.properties[name]) for each in having})[:10]
            kept = _enough(
                [each for each in having if each.properties[name] == value],
                f"have {name} = {value}",
                f"Known values are {', '.join(known)}.",
            )
    varying = sorted(
        name
        for name in {name for each in kept for name in each.properties}
        if name not in query.properties and len({each.properties.get(name) for each in kept}) > 1
    )
    if varying:
        notes.append(f"not given, though the records differ in it: {', '.join(varying)}")
    return kept, numeric


def _row(
    observation: Observation, numeric: list[str], *, by_core: bool, size_known: bool
) -> tuple[float, ...]:
    record = observation.record
    cluster = record.cluster
    scale = scale_of(cluster.nodes, record.job.parameters, cluster.cores_per_node, by_core=by_core)
    properties = observation.properties
    size = float(record.input.size_bytes or 0) if size_known else 1.0
    return (size, scale, *(float(properties[name]) for name in numeric))


def _configurations(observations: list[Observation]) -> int:
    """Distinct configurations, before it is known which properties matter; counted up to enough."""
    found: set[Hashable] = set()
    for each in observations:
        cluster = each.record.cluster
        found.add(
            (
                cluster.nodes,
                cluster.machine_type,
                each.record.input.size_bytes,
                workers_of(each.record.job.parameters),
                tuple(sorted((name, str(value)) for name, value in each.properties.items())),
            )
        )
        if len(found) == MIN_CONFIGURATIONS:
            break
    return len(found)


def _enough(kept: list[Observation], condition: str, hint: str) -> list[Observation]:
    count = _configurations(kept)
    if count < MIN_CONFIGURATIONS:
        raise _too_few(count, condition, hint)
    return kept


def _too_few(count: int, condition: str, hint: str) -> TooFewRecordsError:
    return TooFewRecordsError(
        f"too few records to predict from: {count or 'no'} distinct configurations {condition}, "
        f"{MIN_CONFIGURATIONS} are needed",
        hint=hint,
    )


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
