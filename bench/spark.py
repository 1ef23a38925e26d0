"""What recording costs a Spark job, with the line in the program and without it, in turn.

    python -m bench.spark [--pairs N]

Each run is a program of its own that starts Spark, warms it up, and measures one job of many short
tasks: its time on the clock, and the CPU time of Java, which other programs of the machine disturb
less. The first pair warms the disk up and does not count.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from tests.capture.spark_events.spark import environment

ROOT = Path(__file__).parents[1]

PROGRAM = """
import json, sys, time
import psutil
from pyspark.sql import SparkSession

home, rounds = sys.argv[1], int(sys.argv[2])
builder = SparkSession.builder.master("local[2]").appName("overhead")
builder = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "16")
if home:
    from ledger.spark import recorded
    builder = recorded(builder, home=home)
spark = builder.getOrCreate()
java = next(p for p in psutil.Process().children(recursive=True) if p.name() == "java")

def work(times):
    for _ in range(times):
        numbers = spark.range(4_000_000, numPartitions=16)
        numbers.selectExpr("id % 1000 AS key", "sha2(cast(id AS string), 256) AS text").groupBy(
            "key").agg({"text": "max"}).count()

work(2)
before, began = java.cpu_times(), time.monotonic()
work(rounds)
after, ended = java.cpu_times(), time.monotonic()
cpu = after.user + after.system - before.user - before.system
print(json.dumps({"seconds": ended - began, "cpu_seconds": cpu}))
"""


def measure(home: str, rounds: int) -> dict[str, float]:
    """One program; with a home, it is recorded."""
    given = environment()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, home, str(rounds)],
        env=given | {"PYTHONPATH": f"{given['PYTHONPATH']}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@click.command()
@click.option("--pairs", default=6, show_default=True, help="Programs of each kind.")
@click.option("--rounds", default=10, show_default=True, help="Jobs in each.")
def main(pairs: int, rounds: int) -> None:
    """Measure, and print the medians."""
    found: dict[str, list[dict[str, float]]] = {"without": [], "recorded": []}
    with tempfile.TemporaryDirectory() as folder:
        # There is no ledger in it, so the queue is what a program leaves: the worst case.
        home = os.path.join(folder, "home")  # noqa: PTH118 - a text, as the program takes it
        for pair in range(pairs + 1):
            order = list(found) if pair % 2 else list(reversed(found))
            for kind in order:
                measured = measure(home if kind == "recorded" else "", rounds)
                if pair:
                    found[kind].append(measured)
                print(kind, measured, "" if pair else "(not counted)", flush=True)
    for figure in ("seconds", "cpu_seconds"):
        without, recorded = (
            statistics.median(each[figure] for each in found[kind])
            for kind in ("without", "recorded")
        )
        ratios = sorted(
            second[figure] / first[figure] - 1
            for first, second in zip(found["without"], found["recorded"], strict=True)
        )
        print(
            f"{figure}: {without:.2f} without, {recorded:.2f} recorded, "
            f"{recorded / without - 1:+.1%}; pairs from {ratios[0]:+.1%} to {ratios[-1]:+.1%}"
        )


if __name__ == "__main__":
    main()
