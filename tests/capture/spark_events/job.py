"""A job as people write them, run by real Spark for the tests: JOB LOGS FORM… [--words PATH].

Each FORM is one application, whose event log it writes to the folder LOGS in that form.
"""

import argparse
import signal
import time
from contextlib import suppress

from py4j.protocol import Py4JJavaError
from pyspark import SparkConf
from pyspark import SparkContext
from pyspark.sql import SparkSession

FORMS = {
    "plain": {},
    "zstd": {"spark.eventLog.compress": "true", "spark.eventLog.compression.codec": "zstd"},
    "lz4": {"spark.eventLog.compress": "true", "spark.eventLog.compression.codec": "lz4"},
    "snappy": {"spark.eventLog.compress": "true", "spark.eventLog.compression.codec": "snappy"},
    "lzf": {"spark.eventLog.compress": "true", "spark.eventLog.compression.codec": "lzf"},
    "rolling": {
        "spark.eventLog.rolling.enabled": "true",
        "spark.eventLog.rolling.maxFileSize": "10m",
    },
}


def conf(name: str, logs: str, form: str) -> SparkConf:
    chosen = SparkConf().setMaster("local[2]").setAppName(name)
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"file://{logs}",
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.hadoop.fs.s3a.secret.key": "wJalrXUtnFEMI",
        "spark.job.rounds": "3",
    }
    return chosen.setAll((settings | FORMS.get(form, {})).items())


def count_words(context: SparkContext, path: str) -> None:
    """Reads a file twice, as iterative jobs do, and shuffles."""
    lines = context.textFile(path, 2)
    for _ in range(2):
        lines.flatMap(str.split).map(lambda word: (word, 1)).reduceByKey(int.__add__).count()


def count_words_by_sql(context: SparkContext, path: str) -> None:
    SparkSession(context).read.text(path).groupBy("value").count().collect()


def fail(context: SparkContext) -> None:
    def divide(number: int) -> float:
        return number / 0

    with suppress(Py4JJavaError):
        context.parallelize(range(4), 2).map(divide).count()


def hang(context: SparkContext) -> None:
    context.parallelize(range(4), 2).count()
    print("hangs", flush=True)
    context.parallelize(range(2), 2).foreach(lambda _: time.sleep(3600))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("logs")
    parser.add_argument("forms", nargs="+")
    parser.add_argument("--words")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for form in given.forms:
        context = SparkContext(conf=conf(f"words-{form}", given.logs, form))
        context.setLogLevel("OFF")
        if form == "failing":
            fail(context)
        elif form == "hanging":
            hang(context)
        else:
            count_words(context, given.words)
            if form == "plain":
                count_words_by_sql(context, given.words)
        context.stop()


if __name__ == "__main__":
    main()
