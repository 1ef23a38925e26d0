"""The five jobs of C3O's evaluation: which rows of its tables, and which columns."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ledger.model.regressor import Floats

TABLES = Path(__file__).parents[3] / "shared" / "data" / "c3o"
"""They lie beside the repository: their publisher states no licence."""

Row = Mapping[str, str]


@dataclass(frozen=True)
class Job:
    """One job of the evaluation.

    Attributes:
        name: as the published table has it.
        table: its file.
        machine_type: of the rows that are used.
        inputs: columns besides the scale-out.
        least_scale: smallest scale-out that is used.
        line_length: of the rows that are used; empty: any.
        configurations: how many of them there should be.
    """

    name: str
    table: str
    machine_type: str
    inputs: tuple[str, ...]
    configurations: int
    least_scale: int = 2
    line_length: str = ""

    def holds(self, row: Row) -> bool:
        """Whether a row is used, whatever its machine type."""
        return int(row["instance_count"]) >= self.least_scale and (
            not self.line_length or row["line_length"] == self.line_length
        )


JOBS = (
    Job("Sort", "sort.tsv", "c4.2xlarge", ("data_size_MB",), 36, line_length="100"),
    Job("Grep", "grep.tsv", "m4.2xlarge", ("data_size_MB", "p_occurrence"), 150),
    Job("SGDLR", "sgd.tsv", "r4.2xlarge", ("observations", "features", "iterations"), 140, 3),
    Job("K-Means", "kmeans.tsv", "r4.2xlarge", ("observations", "features", "k"), 140, 3),
    Job("PageRank", "pagerank.tsv", "r4.2xlarge", ("links", "pages", "convergence_criterion"), 270),
)


@dataclass(frozen=True)
class Configurations:
    """Configurations of a job and the median runtimes of their repeats.

    Attributes:
        X: first input, scale-out, further inputs; one row per configuration.
        y: medians in seconds.
        repeats: runtimes of the repeats, one row per configuration.
    """

    X: Floats
    y: Floats
    repeats: Floats


def read(job: Job, tables: Path = TABLES) -> dict[str, Configurations]:
    """The configurations of a job on each machine type; what is not its own is for transfer.

    Raises:
        ValueError: the table does not hold the configurations that the published one had.
    """
    runs: defaultdict[str, defaultdict[tuple[float, ...], list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    with (tables / job.table).open(encoding="utf-8", newline="") as table:
        for row in filter(job.holds, csv.DictReader(table, delimiter="\t")):
            first, *further = (float(row[name]) for name in job.inputs)
            place = (first, float(row["instance_count"]), *further)
            runs[row["machine_type"]][place].append(float(row["gross_runtime"]))
    found = {machine: _configurations(of) for machine, of in runs.items()}
    if len(found[job.machine_type].y) != job.configurations:
        raise ValueError(f"{job.table}: {len(found[job.machine_type].y)} configurations")
    return found


def _configurations(runs: Mapping[tuple[float, ...], list[float]]) -> Configurations:
    places = sorted(runs)
    repeats = np.array([sorted(runs[place]) for place in places])
    return Configurations(np.array(places), np.median(repeats, axis=1), repeats)
