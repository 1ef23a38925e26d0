"""A job as people write them, run by real Spark for the tests: LOGS FORM… [--words PATH].

Each FORM is one application, whose event log it writes to the folder LOGS in that form.
"""

import argparse
import time
from contextlib import suppress

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession


def compressed(codec: str) -> dict[str, str]:
    return {"spark.eventLog.compress": "true", "spark.eventLog.compression.codec": codec}


FORMS = {
    "zstd": compressed("zstd"),
    "lz4": compressed("lz4"),
    "snappy": compressed("snappy"),
    "hanging": compressed("zstd"),
    "rolling": {
        "spark.eventLog.rolling.enabled": "true",
        "spark.eventLog.rolling.maxFileSize": "10m",
    },
}


def session(name: str, logs: str, form: str) -> SparkSession:
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"file://{logs}",
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.warehouse.dir": f"{logs}/.warehouse",
        "spark.words.top": "5",
    }
    builder = SparkSession.builder.master("local[2]").appName(name)
    for key, value in (settings | FORMS.get(form, {})).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def count_words(spark: SparkSession, path: str) -> None:
    """Reads a file once, and works on it twice."""
    lines = spark.read.text(path).cache()
    lines.count()
    lines.groupBy("value").count().orderBy("count").collect()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("logs")
    parser.add_argument("forms", nargs="+")
    parser.add_argument("--words")
    given = parser.parse_args()
    for form in given.forms:
        spark = session(f"words-{form}", given.logs, form)
        spark.sparkContext.setLogLevel("OFF")
        if form == "failing":
            with suppress(PySparkException, Py4JJavaError):
                spark.range(4, numPartitions=2).selectExpr("raise_error('as asked')").collect()
        elif form == "hanging":
            spark.range(4, numPartitions=2).repartition(2).count()
            print("hangs", flush=True)
            time.sleep(3600)
        else:
            count_words(spark, given.words)
        spark.stop()


if __name__ == "__main__":
    main()
