"""From a Spark job to a recommendation, by the commands that you would type.

    python examples/spark_to_recommendation.py [--home FOLDER] [--without-spark]

A ledger of your own takes the runs that come with perfledger, and one of a job that Spark runs now.
Then it is asked how long a sort of another size takes, and which machine to take for a deadline.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ledger.demo.jobs import MEGABYTE
from ledger.demo.jobs.inputs import generate

HERE = Path(__file__).resolve().parent
SORT = ("--job", "sort", "--input-bytes", "60MB")
PRICES = ("--price", "one-core=0.05", "--price", "two-cores=0.10")
"""What an hour of the two machines costs in the make-believe shop of spark-map.toml."""

NO_CLUSTER_KEEPS_THAT = 3


def perfledger(*arguments: str | Path) -> None:
    """Say a command, and run it."""
    words = [str(each) for each in arguments]
    print(f"\n$ perfledger {' '.join(words)}", flush=True)
    done = subprocess.run([sys.executable, "-m", "ledger.cli", *words], check=False)
    if done.returncode not in {0, NO_CLUSTER_KEEPS_THAT}:
        sys.exit(done.returncode)


def sort_on_spark(folder: Path) -> Path:
    """Sort 10 MB on two cores.

    Returns:
        The folder with the event log of it.
    """
    source, logs = folder / "lines", folder / "logs"
    logs.mkdir()
    generate("sort", source, size_bytes=10 * MEGABYTE)
    job = [sys.executable, str(HERE / "spark_jobs.py"), "sort", str(source)]
    subprocess.run([*job, "--cores", "2", "--warm-up", "--logs", str(logs)], check=True)
    return logs


def main() -> None:
    """Go the whole way."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, help="of the ledger [default: one that goes again]")
    parser.add_argument("--without-spark", action="store_true", help="run nothing")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["PERFLEDGER_HOME"] = str(given.home or folder / "home")
        perfledger("init")
        perfledger("import", "--example")
        if not given.without_spark:
            perfledger("import", "--map", HERE / "spark-map.toml", sort_on_spark(folder))
        perfledger("contribute")
        perfledger("validator", "run", "--once")
        perfledger("predict", *SORT, "--machine-type", "two-cores")
        perfledger("recommend", *SORT, "--deadline", "1min", "--confidence", "0.7", *PRICES)


if __name__ == "__main__":
    main()
