"""How fast an event log is read, and what it needs of memory: a long one beside a short one.

    python -m bench.spark_logs [--tasks N]

The logs are compressed by zstd, and made here: their events have what the tests' have, and as many
accumulables as tasks of SQL queries usually bring along, which is most of such a log.
"""

import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pyarrow as pa

from bench.measuring import MIB
from bench.measuring import PeakMemory
from ledger.capture.importing import importables
from ledger.capture.rows import Good
from tests.capture.spark_events import logs

ACCUMULABLES = 25
STAGE_TASKS = 500


def events(tasks: int) -> Iterator[logs.Event]:
    """An application of so many tasks."""
    chance = random.Random(tasks)
    *begin, end = logs.run()
    yield from begin
    for number in range(tasks // STAGE_TASKS):
        submitted, *ends, completed = logs.stage(number, tasks=STAGE_TASKS)
        yield submitted
        for task in ends:
            task["Task Info"]["Accumulables"] = [
                {
                    "ID": each,
                    "Name": "internal.metrics.executorRunTime",
                    "Update": chance.randrange(10**6),
                }
                for each in range(ACCUMULABLES)
            ]
            yield task
        yield completed
    yield end


def write(path: Path, tasks: int) -> int:
    """Write a log; returns its size before compression, in bytes."""
    size = 0
    with pa.CompressedOutputStream(str(path), "zstd") as stream:
        for event in events(tasks):
            line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
            size += len(line)
            stream.write(line)
    return size


@click.command()
@click.option("--tasks", default=300_000, show_default=True, help="Of the long log.")
def main(tasks: int) -> None:
    """Measure, and print a line for each log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "application_1.zstd"
        for each in (STAGE_TASKS, tasks // 10, tasks):
            size = write(path, each)
            with PeakMemory() as memory:
                began = time.process_time()
                (row,) = next(importables(path)).rows(lambda _: None)
                seconds = time.process_time() - began
            assert isinstance(row, Good), row
            print(
                f"{each:>9,} tasks, {size / MIB:>8,.1f} MiB of events: {seconds:6.2f} s of CPU, "
                f"{each / seconds:>7,.0f} tasks/s, {size / MIB / seconds:5.0f} MiB/s, "
                f"peak of the process {memory.so_far() / MIB:,.0f} MiB"
            )


if __name__ == "__main__":
    main()
