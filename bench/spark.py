"""What recording costs a Spark job.

    python -m bench.spark [--pairs N] [--millions N]

Programs with the line and without it take turns, each with a Java of its own that is warmed up
first, and run the same jobs. Two figures come of it. The CPU time of the thread that writes the
event log, which is all that recording adds while a job runs, as a share of the job's: it is exact,
and other programs of the machine do not disturb it. And the time on the clock, which shows the same
only on a machine that does nothing else. What the line itself takes, and the end, is told too.

The shorter its tasks, the more of a job is bookkeeping, Spark's and that of the log: `--millions`
says how many rows each job hashes in its 16 tasks.
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

home, rounds, millions = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
builder = SparkSession.builder.master("local[2]").appName("overhead")
builder = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "16")
before_line = time.monotonic()
if home:
    from ledger.spark import recorded
    builder = recorded(builder, home=home)
line_seconds = time.monotonic() - before_line
spark = builder.getOrCreate()
java = next(p for p in psutil.Process().children(recursive=True) if p.name() == "java")
threads = spark._jvm.java.lang.management.ManagementFactory.getThreadMXBean()

def writing():
    "CPU seconds of the thread that writes the event log."
    found = [threads.getThreadInfo(each) for each in threads.getAllThreadIds()]
    return sum(
        threads.getThreadCpuTime(each.getThreadId()) / 1e9
        for each in found if each and each.getThreadName() == "spark-listener-group-eventLog")

def work(times):
    for _ in range(times):
        numbers = spark.range(millions * 1_000_000, numPartitions=16)
        numbers.selectExpr("id % 1000 AS key", "sha2(cast(id AS string), 256) AS text").groupBy(
            "key").agg({"text": "max"}).collect()

work(3)
cpu, wrote, began = java.cpu_times(), writing(), time.monotonic()
work(rounds)
after, wrote, ended = java.cpu_times(), writing() - wrote, time.monotonic()
cpu_seconds = after.user + after.system - cpu.user - cpu.system
spark.stop()
before_end = time.monotonic()
if home:
    from ledger.spark.recorded import _hand_over
    _hand_over(__import__("pathlib").Path(home), None)
print(json.dumps({"seconds": ended - began, "cpu_seconds": cpu_seconds, "writing": wrote,
                  "line_seconds": line_seconds, "end_seconds": time.monotonic() - before_end}))
"""


def measure(home: str, rounds: int, millions: int) -> dict[str, float]:
    """One program; with a home, it is recorded."""
    given = environment()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, home, str(rounds), str(millions)],
        env=given | {"PYTHONPATH": f"{given['PYTHONPATH']}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@click.command()
@click.option("--pairs", default=6, show_default=True, help="Programs of each kind.")
@click.option("--rounds", default=5, show_default=True, help="Jobs in each.")
@click.option("--millions", default=4, show_default=True, help="Of rows in each job.")
def main(pairs: int, rounds: int, millions: int) -> None:
    """Measure, and print the medians."""
    without: list[dict[str, float]] = []
    recorded: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        # There is no ledger in it: what a program leaves stays in the queue.
        home = os.path.join(folder, "home")  # noqa: PTH118 - a text, as the program takes it
        for pair in range(pairs):
            if pair % 2:
                without.append(measure("", rounds, millions))
                recorded.append(measure(home, rounds, millions))
            else:
                recorded.append(measure(home, rounds, millions))
                without.append(measure("", rounds, millions))
            print(f"without  {without[-1]}\nrecorded {recorded[-1]}", flush=True)
    shares = [each["writing"] / each["cpu_seconds"] for each in recorded]
    clock = [
        second["seconds"] / first["seconds"] - 1
        for first, second in zip(without, recorded, strict=True)
    ]
    print(f"CPU time of writing the event log: {_spread(shares)} of the job's")
    print(f"time on the clock against the program without the line: {_spread(clock)}")
    for name, words in (("line_seconds", "the line itself"), ("end_seconds", "the end")):
        print(f"{words}: {statistics.median(each[name] for each in recorded) * 1000:.1f} ms")


def _spread(shares: list[float]) -> str:
    return f"{statistics.median(shares):+.2%} ({min(shares):+.2%} to {max(shares):+.2%})"


if __name__ == "__main__":
    main()
