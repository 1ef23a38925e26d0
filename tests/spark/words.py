"""A program of somebody's, with one line of ours: HOME [--fail]."""

import sys

from pyspark.sql import SparkSession

from ledger.spark import recorded

builder = (
    SparkSession.builder.master("local[2]").appName("words").config("spark.ui.enabled", "false")
)
spark = recorded(builder, home=sys.argv[1]).getOrCreate()
assert spark.range(1000, numPartitions=2).repartition(2).count() == 1000
print("counted")
if "--fail" in sys.argv:
    spark.range(2).selectExpr("raise_error('as asked')").collect()
