"""How long a prediction takes from a thousand records and from a million.

The runs follow a law that no formula here has, over inputs, nodes and a parameter drawn anew for
each run, on four machine types, with 5 % of noise. They are written as the Parquet export, and
read, sorted out, learned from and asked in a process of its own, so that its memory can be told.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ledger.model.export import runs_of_table
from ledger.model.export import table_of
from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.observation import Query
from ledger.model.predict import predict

ROOT = Path(__file__).parents[2]
COUNTS = (1_000, 10_000, 100_000, 1_000_000)
SEED = 2_021
QUESTIONS = 20
MACHINES = ("m4.2xlarge", "c4.2xlarge", "r4.2xlarge", "r4.xlarge")
QUERY = Query(
    "scan",
    nodes=10,
    framework="spark",
    size_bytes=30 * 10**9,
    machine_type="m4.2xlarge",
    parameters={"k": 5},
)


@dataclass(frozen=True)
class Scale:
    """What was measured with so many records.

    Attributes:
        records: their number.
        reading: seconds from the file to columns.
        learning: seconds of the first prediction.
        answering: seconds of a later one, median.
        memory: largest resident size of the process in bytes.
        error: mean absolute percentage error of the model, as a fraction.
        model: its name.
    """

    records: int
    reading: float
    learning: float
    answering: float
    memory: int
    error: float
    model: str


def runs(count: int) -> pa.Table:
    """So many runs, as the export has them."""
    draw = np.random.default_rng([SEED, count])
    size = 10 ** draw.uniform(9, 11, count)
    nodes = draw.integers(2, 65, count)
    k = draw.integers(1, 11, count)
    machine = draw.integers(0, len(MACHINES), count)
    seconds = (20 + size / 1e8 / nodes * k**0.7 + 2 * np.log(nodes) + 0.3 * nodes) * (
        1 + 0.15 * machine
    )
    offsets = pa.array(np.arange(count + 1), pa.int32())
    nothing = pa.array(np.zeros(count + 1), pa.int32())
    empty = pa.array([], pa.string())
    constant = {"job": "scan", "framework": "spark", "outcome": "succeeded", "status": "accepted"}
    return pa.table(
        {
            "cid": pa.array([f"bafyrei{number:052}" for number in range(count)]),
            **{name: pa.repeat(pa.scalar(value), count) for name, value in constant.items()},
            "contributor": pa.nulls(count, pa.string()),
            "machine_type": pa.array(np.array(MACHINES, dtype=object)[machine]),
            "nodes": pa.array(nodes),
            "cores_per_node": pa.repeat(pa.scalar(8), count),
            "memory_bytes_per_node": pa.repeat(pa.scalar(32 * 10**9), count),
            "input_bytes": pa.array(size.astype(np.int64)),
            "runtime_seconds": pa.array(seconds * np.exp(0.05 * draw.standard_normal(count))),
            "parameters": pa.MapArray.from_arrays(
                offsets, pa.repeat(pa.scalar("k"), count), pa.array(k.astype(str))
            ),
            "characteristics": pa.MapArray.from_arrays(nothing, empty, empty),
        }
    )


def study(count: int) -> Scale:
    """Measure with so many records, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.parquet"
        pq.write_table(runs(count), path, compression="zstd")
        done = subprocess.run(
            [sys.executable, "-m", "bench.prediction.scale", str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    return Scale(**json.loads(done.stdout))


def measure(path: Path) -> Scale:
    """Measure in this process."""
    began = time.perf_counter()
    table = table_of([path])
    known, kept = Known(gathered={QUERY.job: runs_of_table(table)}), Kept()
    read = time.perf_counter()
    first = predict(known, QUERY, kept=kept)
    learned = time.perf_counter()
    took = []
    for nodes in range(2, 2 + QUESTIONS):
        asked = time.perf_counter()
        predict(known, replace(QUERY, nodes=nodes), kept=kept)
        took.append(time.perf_counter() - asked)
    return Scale(
        records=len(table),
        reading=read - began,
        learning=learned - read,
        answering=statistics.median(took),
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        error=first.error,
        model=first.model,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(measure(Path(sys.argv[1])))))
