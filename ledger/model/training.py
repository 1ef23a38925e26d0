"""Learning beforehand, from the Parquet export: on this machine, or on Spark.

What is learned is what `predict` would learn for the questions that the runs themselves suggest:
one for each machine type and each combination of properties that are text, with every property
that they state. It is one function from a job's rows to the bytes of its models. Here it is called
for one job after the other, on Spark in the executors; nothing else differs.

Source: Apache Spark, PySpark user guide, Apache Arrow in PySpark (grouped map).
"""

from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledger.errors import UnavailableError
from ledger.model.columns import Column
from ledger.model.columns import Runs
from ledger.model.columns import is_number
from ledger.model.columns import numbered
from ledger.model.export import COLUMNS
from ledger.model.export import NoExportError
from ledger.model.export import require_columns
from ledger.model.export import runs_of_table
from ledger.model.export import table_of
from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.observation import Query
from ledger.model.predict import predict_many
from ledger.model.shelf import Shelf
from ledger.model.shelf import packed
from ledger.model.standing import counting
from ledger.record.schema import Scalar

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql import SparkSession

MOST_QUESTIONS = 256
"""Of one job, those with most runs first."""

SCHEMA = pa.schema([("job", pa.string()), ("key", pa.string()), ("model", pa.binary())])


class SparkFailedError(UnavailableError):
    """Spark could not learn the models."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"Spark could not learn the models: {problem}",
            hint="Its log says more. All its machines need perfledger[spark], and an executor as "
            "much memory as the runs of the largest job take, about 1 kB each.",
        )


def learn(rows: pa.Table) -> pa.Table:
    """Models of one job.

    Args:
        rows: `ledger.model.export.COLUMNS` of its runs that count.

    Returns:
        Their keys and bytes, as `SCHEMA` has them.
    """
    job = rows["job"][0].as_py()
    runs = runs_of_table(rows)
    kept = Kept(most=MOST_QUESTIONS * 5)
    predict_many(Known(gathered={job: runs}), questions(job, runs), kept=kept)
    models = kept.models()
    return pa.table(
        {
            "job": [job] * len(models),
            "key": list(models),
            "model": [packed(each) for each in models.values()],
        },
        schema=SCHEMA,
    )


def questions(job: str, runs: Runs) -> list[Query]:
    """Of each kind that the runs suggest, one, about the run of the first of them."""
    texts = [
        column
        for column in runs.properties.values()
        if not all(is_number(value) for value in column.values)
    ]
    codes = [column.codes for column in (runs.machine_type, *texts)]
    _, kinds = numbered(np.column_stack(codes).astype(np.float64))
    _, first, counts = np.unique(kinds, return_index=True, return_counts=True)
    chosen = first[np.argsort(-counts, kind="stable")][:MOST_QUESTIONS]
    return [_question(job, runs, int(place)) for place in chosen]


def on_this_machine(export: Iterable[Path], *, accepted_only: bool = True) -> Iterator[pa.Table]:
    """The models of each job of an export, job by job."""
    rows = table_of(export, accepted_only=accepted_only)
    for job in sorted(rows["job"].unique().to_pylist()):
        yield learn(rows.filter(pc.field("job") == job))


def on_spark(
    spark: "SparkSession", export: Iterable[str], *, accepted_only: bool = True
) -> Iterator[pa.Table]:
    """The models of each job of an export, learned by Spark's executors.

    Args:
        spark: the session; its executors have this package.
        export: paths or URLs that Spark reads Parquet from.
        accepted_only: whether only records count that validators accepted.

    Raises:
        NoExportError: Spark cannot read it, or it is something else.
        SparkFailedError: an executor could not learn.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException
    from pyspark.errors import PySparkException

    try:
        found = spark.read.parquet(*export)
        require_columns(found.columns)
        yield from _learned_on_spark(found, accepted_only=accepted_only)
    except AnalysisException as error:
        raise NoExportError(_first_line(error)) from error
    except (PySparkException, Py4JError) as error:
        raise SparkFailedError(_first_line(error)) from error


def _learned_on_spark(export: "DataFrame", *, accepted_only: bool) -> Iterator[pa.Table]:
    rows = export.select(*COLUMNS)
    counts = rows.filter("outcome = 'succeeded' AND runtime_seconds > 0").filter(
        rows.status.isin(*counting(accepted_only=accepted_only))
    )
    models = counts.groupBy("job").applyInArrow(learn, "job string, key string, model binary")
    for row in models.toLocalIterator():
        yield pa.table({"job": [row.job], "key": [row.key], "model": [row.model]}, schema=SCHEMA)


def shelve(models: Iterable[pa.Table], shelf: Shelf) -> dict[str, int]:
    """Put models on a shelf as they come; the number of each job's."""
    count: dict[str, int] = {}
    for part in models:
        for model in part.to_pylist():
            shelf.put_bytes(model["key"], model["model"])
            count[model["job"]] = count.get(model["job"], 0) + 1
    return count


def _question(job: str, runs: Runs, place: int) -> Query:
    def stated(column: Column) -> Any:
        return column.values[column.codes[place]] if column.stated[place] else None

    properties = {name: stated(column) for name, column in runs.properties.items()}
    parts: dict[str, dict[str, Scalar]] = {"job.parameters.": {}, "input.characteristics.": {}}
    for name, value in properties.items():
        for prefix, part in parts.items():
            if value is not None and name.startswith(prefix):
                part[name.removeprefix(prefix)] = value
    size = runs.size[place]
    return Query(
        job,
        nodes=int(runs.nodes[place]),
        size_bytes=None if np.isnan(size) else int(size),
        machine_type=stated(runs.machine_type),
        parameters=parts["job.parameters."],
        characteristics=parts["input.characteristics."],
    )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
