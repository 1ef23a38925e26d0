"""Makes the runs that come with perfledger: `python -m examples.collect FOLDER`.

Each job with one core and with two is a program of its own, which runs it once unrecorded, so that
Java has compiled what it needs, and then at every size, several times over, in an order that chance
makes: so what else the machine does meanwhile falls on all sizes. Called again it goes on where it
was; with all event logs there, it reads them into `ledger/demo/runs/spark-local.jsonl` (see the
README there).
"""

import argparse
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

from ledger.capture.importing import importables
from ledger.capture.mapping import load_mapping
from ledger.capture.rows import Good
from ledger.demo.jobs import MEGABYTE
from ledger.demo.jobs.inputs import generate
from ledger.record.schema import Record
from tools.services import Spark

HERE = Path(__file__).parent
TARGET = HERE.parent / "ledger" / "demo" / "runs" / "spark-local.jsonl"

MEGABYTES = {
    "sort": (20, 40, 80, 160),
    "grep": (30, 60, 120, 240),
    "kmeans": (8, 16, 32, 64),
}
CORES = (1, 2)
ROUNDS = 3


def collect(folder: Path) -> None:
    """Run what has not been run yet."""
    for job, sizes in MEGABYTES.items():
        sources = [folder / f"{job}-{size}" for size in sizes]
        for source, size in zip(sources, sizes, strict=True):
            if not source.exists():
                generate(job, source, size_bytes=size * MEGABYTE)
        for cores in CORES:
            logs = folder / "logs" / f"{job}-{cores}"
            if not logs.exists():
                print(logs.name, flush=True)
                run(job, sources, cores, logs)


def run(job: str, sources: Sequence[Path], cores: int, logs: Path) -> None:
    """Run a job on everything; the event logs appear in a folder once all have ended."""
    partial = logs.with_name(f".{logs.name}-{os.getpid()}")
    partial.mkdir(parents=True)
    order = random.Random(cores)
    inputs = [each for _ in range(ROUNDS) for each in order.sample(sources, len(sources))]
    given = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    program = [sys.executable, str(HERE / "spark_jobs.py"), job, *map(str, inputs), "--warm-up"]
    subprocess.run(
        [*program, "--cores", str(cores), "--logs", str(partial)],
        env={
            **given,
            **Spark().environment,
            "PYTHONPATH": f"{HERE.parent}:{Spark().find()}",
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    partial.rename(logs)


def records(folder: Path) -> Iterator[Record]:
    """The records of all runs, by their starts."""
    mapping = load_mapping(HERE / "spark-map.toml")
    rows = [
        row
        for logs in sorted((folder / "logs").iterdir())
        for each in importables(logs, mapping)
        for row in each.rows(lambda _: None)
    ]
    bad = [row for row in rows if not isinstance(row, Good)]
    if bad:
        sys.exit(f"{len(bad)} runs cannot be read; the first: {bad[0]}")
    yield from sorted(
        (row.record for row in rows if isinstance(row, Good)),
        key=lambda record: str(record.started_at),
    )


def main() -> None:
    """Run, and read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    collect(folder)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{record.model_dump_json()}\n" for record in records(folder))
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
