"""Runs out of the Parquet export (`ledger.index.parquet`), as columns, no record being built.

Values of its maps are text; one that reads as a number or as true or false is taken for that.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from ledger.errors import InvalidInputError
from ledger.index.views import LedgerStatus
from ledger.model.columns import ABSENT
from ledger.model.columns import Column
from ledger.model.columns import Runs
from ledger.model.observation import WORKER_PARAMETERS
from ledger.model.regressor import Floats
from ledger.model.standing import WEIGHTS
from ledger.model.standing import counting
from ledger.record.schema import Scalar
from ledger.record.schema import Status

COLUMNS = (
    "cid",
    "job",
    "framework",
    "machine_type",
    "contributor",
    "nodes",
    "cores_per_node",
    "memory_bytes_per_node",
    "input_bytes",
    "runtime_seconds",
    "outcome",
    "status",
    "parameters",
    "characteristics",
)
"""Of the export, those that models see."""


class NoExportError(InvalidInputError):
    """A file cannot be read as the Parquet export of a ledger."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"this is no Parquet export of a ledger: {problem}",
            hint="Write one with `perfledger export --format parquet`.",
        )


def table_of(paths: Iterable[Path], *, accepted_only: bool = True) -> pa.Table:
    """The runs that count, of one or more files, or of folders of them.

    Raises:
        NoExportError: there is no file, or one is damaged or something else.
    """
    files = [str(each) for path in paths for each in _files(path)]
    if not files:
        raise NoExportError("there is no file that ends in .parquet")
    try:
        rows = ds.dataset(files, format="parquet")
        require_columns(rows.schema.names)
        return rows.to_table(columns=list(COLUMNS), filter=passing(accepted_only=accepted_only))
    except (pa.ArrowException, OSError) as error:
        raise NoExportError(str(error).partition("\n")[0]) from error


def require_columns(names: Iterable[str]) -> None:
    """Check that all columns are there which models see.

    Raises:
        NoExportError: some are not.
    """
    there = set(names)
    missing = [name for name in COLUMNS if name not in there]
    if missing:
        raise NoExportError(f"it has no column {', '.join(missing)}")


def passing(*, accepted_only: bool) -> pc.Expression:
    """Which rows count: successful runs that took time, of a status that has a weight."""
    counts = (pc.field("outcome") == Status.SUCCEEDED.value) & (pc.field("runtime_seconds") > 0)
    return counts & pc.field("status").isin([*counting(accepted_only=accepted_only)])


def runs_of_table(table: pa.Table) -> Runs:
    """The runs of one job.

    Args:
        table: `COLUMNS` of rows that count, in any order.
    """
    rows = table.sort_by("cid").combine_chunks()
    parameters, workers = _of_workers(_properties(rows, "parameters"), len(rows))
    properties = {f"job.parameters.{name}": column for name, column in parameters.items()} | {
        f"input.characteristics.{name}": column
        for name, column in _properties(rows, "characteristics").items()
    }
    return Runs(
        cids=np.array(rows["cid"].to_pylist(), dtype=np.object_),
        framework=_column(rows["framework"]),
        machine_type=_column(rows["machine_type"]),
        contributor=_column(rows["contributor"]),
        nodes=_floats(rows["nodes"]),
        cores=_floats(rows["cores_per_node"]),
        memory=_floats(rows["memory_bytes_per_node"]),
        size=_floats(rows["input_bytes"]),
        workers=workers,
        runtime=_floats(rows["runtime_seconds"]),
        weight=_weights(rows["status"]),
        properties=dict(sorted(properties.items())),
    )


def _weights(statuses: pa.ChunkedArray) -> Floats:
    column = _column(statuses)
    weights = [WEIGHTS[LedgerStatus(str(status))] for status in column.values]
    return np.array(weights, dtype=np.float64)[column.codes]


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]


def _of_workers(parameters: dict[str, Column], count: int) -> tuple[dict[str, Column], Floats]:
    """Parameters without those that name a number of workers, and that number; see `workers_of`."""
    workers = np.full(count, np.nan)
    for name in reversed(WORKER_PARAMETERS):
        if name in parameters:
            numbers = parameters.pop(name).numbers
            whole = (numbers > 0) & (numbers == np.floor(numbers))
            workers[whole] = numbers[whole]
    return parameters, workers


def _column(values: pa.ChunkedArray) -> Column:
    encoded = _one(values).dictionary_encode()
    codes = encoded.indices.fill_null(ABSENT).to_numpy(zero_copy_only=False)
    return Column(codes.astype(np.int64), tuple(encoded.dictionary.to_pylist()))


def _floats(values: pa.ChunkedArray) -> Floats:
    numbers: Floats = values.cast(pa.float64(), safe=False).to_numpy()
    return numbers


def _properties(rows: pa.Table, name: str) -> dict[str, Column]:
    """A column of maps as one column for each key."""
    maps = _one(rows[name])
    offsets = maps.offsets.to_numpy()
    places = np.repeat(np.arange(len(rows)), np.diff(offsets))
    keys, texts = (
        part.slice(offsets[0], offsets[-1] - offsets[0]).dictionary_encode()
        for part in (maps.keys, maps.items)
    )
    found = {}
    of, codes = (each.indices.to_numpy() for each in (keys, texts))
    values = [_scalar(text) for text in texts.dictionary.to_pylist()]
    for number, key in enumerate(keys.dictionary.to_pylist()):
        mine = of == number
        used, inverse = np.unique(codes[mine], return_inverse=True)
        column = np.full(len(rows), ABSENT, dtype=np.int64)
        column[places[mine]] = inverse
        found[key] = Column(column, tuple(values[place] for place in used))
    return found


def _one(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _scalar(text: str) -> Scalar:
    try:
        value: Any = json.loads(text, parse_constant=str)
    except ValueError:
        return text
    return value if isinstance(value, bool | int | float) else text
