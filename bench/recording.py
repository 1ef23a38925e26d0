"""What recording costs a Python program.

    python -m bench.recording [--runs N]

Programs of their own, with no ledger there, so that what they record stays in the queue: what a
recorded call takes beside a plain one, what importing takes, what the program's end takes, and how
much CPU time the look at memory takes while a long run goes on.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]

PROGRAM = """
import json, sys, time
began = time.perf_counter()
from ledger.recording import recorded, recording
imported = time.perf_counter() - began

def plain(k):
    return k

kept = recorded("call", parameters=["k"])(plain)
kept(0)  # asks for the machine's facts, once
runs = int(sys.argv[1])

def each(function):
    taken = []
    for number in range(runs):
        began = time.perf_counter()
        function(number)
        taken.append(time.perf_counter() - began)
    return taken

without, with_it = each(plain), each(kept)

with recording("long") as run:
    cpu = time.process_time()
    time.sleep(5)
    looking = time.process_time() - cpu
began = time.perf_counter()
from ledger.recording.handing_over import HANDING_OVER
HANDING_OVER._now()
ended = time.perf_counter() - began
print(json.dumps({"imported": imported, "without": without, "with": with_it, "looking": looking / 5,
                  "ended": ended}))
"""


@click.command()
@click.option("--runs", default=1_000, show_default=True, help="Calls of each kind.")
@click.option("--programs", default=3, show_default=True, help="One after the other.")
def main(runs: int, programs: int) -> None:
    """Measure, and print the medians."""
    found = []
    for _ in range(programs):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM, str(runs)],
                env={
                    **os.environ,
                    "PERFLEDGER_HOME": f"{folder}/home",
                    "PYTHONPATH": str(ROOT),
                },
                capture_output=True,
                text=True,
                check=True,
            )
        found.append(json.loads(done.stdout))
    calls = sorted(each for one in found for each in one["with"])
    plain = statistics.median(each for one in found for each in one["without"])
    print(
        f"a recorded call: {(statistics.median(calls) - plain) * 1e6:,.0f} µs more, at the median"
    )
    print(f"  at the 99th percentile: {calls[len(calls) * 99 // 100] * 1e6:,.0f} µs")
    for name, words in (("imported", "the import"), ("ended", "the program's end")):
        print(f"{words}: {statistics.median(one[name] for one in found) * 1000:.1f} ms")
    looking = statistics.median(one["looking"] for one in found)
    print(f"looking at memory during a long run: {looking:.2%} of a core")


if __name__ == "__main__":
    main()
