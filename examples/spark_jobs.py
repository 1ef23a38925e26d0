"""Three small jobs on Spark: sort, grep and k-means.

    python spark_jobs.py JOB INPUT… [--cores N] [--warm-up] [--logs FOLDER]

For each input there is one application, in local mode. Without `--logs`, one more line has them
contributed at the end (docs/spark.md). `python -m ledger.demo.jobs generate` writes what they
read.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

PARTITIONS = 4
K = 8
ITERATIONS = 5
DIMENSIONS = 8
POINT_BYTES = 8 * DIMENSIONS

WORD_TWICE = r"\b(\w{6,}) (.* )?\1\b"


def sort(spark: Any, path: str) -> None:
    """Sort lines, and write them."""
    with tempfile.TemporaryDirectory() as folder:
        spark.read.text(path).sort("value").write.text(f"{folder}/sorted")


def grep(spark: Any, path: str) -> None:
    """Find lines in which a long word comes twice, and write them."""
    with tempfile.TemporaryDirectory() as folder:
        lines = spark.read.text(path)
        lines.where(lines.value.rlike(WORD_TWICE)).write.text(f"{folder}/found")


def kmeans(spark: Any, path: str) -> None:
    """Find clusters of points by Lloyd's algorithm."""
    import numpy as np

    def points(rows: Any) -> Any:
        yield np.frombuffer(b"".join(rows), dtype="<f8").reshape(-1, DIMENSIONS)

    def sums(blocks: Any) -> Any:
        for block in blocks:
            distances = ((block[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
            nearest = distances.argmin(axis=1)
            for cluster in range(K):
                chosen = block[nearest == cluster]
                yield cluster, (chosen.sum(axis=0), len(chosen))

    records = spark.sparkContext.binaryRecords(path, POINT_BYTES)
    blocks = records.repartition(PARTITIONS).mapPartitions(points).cache()
    centres = blocks.first()[:K].copy()
    for _ in range(ITERATIONS):
        found = blocks.mapPartitions(sums).reduceByKey(lambda a, b: (a[0] + b[0], a[1] + b[1]))
        for cluster, (total, count) in found.collect():
            if count:
                centres[cluster] = total / count


JOBS = {"sort": sort, "grep": grep, "kmeans": kmeans}

PARAMETERS = {
    "sort": {},
    "grep": {"pattern": WORD_TWICE},
    "kmeans": {"k": K, "iterations": ITERATIONS},
}


def builder(job: str, size_bytes: int, cores: int) -> Any:
    """The builder of a job's session; `spark-map.toml` reads its settings into the record."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.default.parallelism": PARTITIONS,
        "spark.sql.shuffle.partitions": PARTITIONS,
        "spark.sql.adaptive.enabled": "false",
        "spark.example.bytes": size_bytes,
        **{f"spark.example.{name}": value for name, value in PARAMETERS[job].items()},
    }
    made = SparkSession.builder.master(f"local[{cores}]").appName(job)
    for key, value in settings.items():
        made = made.config(key, value)
    return made


def warm_up(job: str, path: Path, cores: int) -> None:
    """Run a job unrecorded, so that Java has compiled what it needs."""
    made = builder(job, path.stat().st_size, cores).config("spark.eventLog.enabled", "false")
    work(job, path, made.getOrCreate())


def run(job: str, path: Path, *, cores: int, logs: Path | None, home: Path | None = None) -> None:
    """Run a job as one application.

    Args:
        job: its name.
        path: its input.
        cores: threads of Spark.
        logs: where its event log goes; None: into the queue of the ledger.
        home: of the ledger, if it is not the user's own.
    """
    made = builder(job, path.stat().st_size, cores)
    if logs is None:
        from ledger.spark import recorded

        made = recorded(made, home=home, map_file=Path(__file__).with_name("spark-map.toml"))
    else:
        made = made.config("spark.eventLog.enabled", "true")
        made = made.config("spark.eventLog.dir", logs.absolute().as_uri())
        made = made.config("spark.eventLog.rolling.enabled", "false")
    work(job, path, made.getOrCreate())


def work(job: str, path: Path, spark: Any) -> None:
    """Do what the job does, and end the session."""
    spark.sparkContext.setLogLevel("ERROR")
    try:
        JOBS[job](spark, path.absolute().as_uri())
    finally:
        spark.stop()


def main() -> None:
    """Run the job that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("inputs", type=Path, nargs="+", metavar="INPUT")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--warm-up", action="store_true", help="run it unrecorded first")
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    if given.warm_up:
        warm_up(given.job, given.inputs[0], given.cores)
    for path in given.inputs:
        run(given.job, path, cores=given.cores, logs=given.logs, home=given.home)


if __name__ == "__main__":
    main()
