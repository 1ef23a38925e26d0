"""Which settings of Spark a record keeps: those that runtime depends on.

None of them tells who ran it, where, or with which credentials.
"""

import re
from collections.abc import Mapping

from ledger.capture.redaction import redact_values
from ledger.record.schema import Scalar

MAX_VALUE_LENGTH = 256

KEPT = (
    "spark.broadcast.blockSize",
    "spark.broadcast.compress",
    "spark.cores.max",
    "spark.default.parallelism",
    "spark.driver.cores",
    "spark.driver.maxResultSize",
    "spark.driver.memory",
    "spark.driver.memoryOverhead",
    "spark.dynamicAllocation.enabled",
    "spark.dynamicAllocation.executorIdleTimeout",
    "spark.dynamicAllocation.initialExecutors",
    "spark.dynamicAllocation.maxExecutors",
    "spark.dynamicAllocation.minExecutors",
    "spark.executor.cores",
    "spark.executor.instances",
    "spark.executor.memory",
    "spark.executor.memoryOverhead",
    "spark.executor.memoryOverheadFactor",
    "spark.executor.pyspark.memory",
    "spark.executor.resource.gpu.amount",
    "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version",
    "spark.io.compression.codec",
    "spark.kryoserializer.buffer.max",
    "spark.locality.wait",
    "spark.master",
    "spark.memory.fraction",
    "spark.memory.offHeap.enabled",
    "spark.memory.offHeap.size",
    "spark.memory.storageFraction",
    "spark.python.worker.reuse",
    "spark.rapids.sql.enabled",
    "spark.rdd.compress",
    "spark.reducer.maxSizeInFlight",
    "spark.scheduler.mode",
    "spark.serializer",
    "spark.shuffle.compress",
    "spark.shuffle.file.buffer",
    "spark.shuffle.service.enabled",
    "spark.shuffle.sort.bypassMergeThreshold",
    "spark.shuffle.spill.compress",
    "spark.speculation",
    "spark.speculation.multiplier",
    "spark.speculation.quantile",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes",
    "spark.sql.adaptive.coalescePartitions.enabled",
    "spark.sql.adaptive.enabled",
    "spark.sql.adaptive.skewJoin.enabled",
    "spark.sql.ansi.enabled",
    "spark.sql.autoBroadcastJoinThreshold",
    "spark.sql.cbo.enabled",
    "spark.sql.codegen.wholeStage",
    "spark.sql.execution.arrow.pyspark.enabled",
    "spark.sql.files.maxPartitionBytes",
    "spark.sql.files.openCostInBytes",
    "spark.sql.inMemoryColumnarStorage.batchSize",
    "spark.sql.inMemoryColumnarStorage.compressed",
    "spark.sql.join.preferSortMergeJoin",
    "spark.sql.parquet.compression.codec",
    "spark.sql.parquet.filterPushdown",
    "spark.sql.shuffle.partitions",
    "spark.submit.deployMode",
    "spark.task.cpus",
    "spark.task.maxFailures",
    "spark.task.resource.gpu.amount",
)
"""Listed in docs/spark.md too. A map adds others by name."""

_MASTER = re.compile(r"local(?:\[[\d*, ]{1,20}\])?|local-cluster\[[\d, ]{1,40}\]|[a-z0-9]+")


def kept_settings(properties: Mapping[str, str]) -> dict[str, Scalar]:
    """The settings of an application that its record keeps, without credentials."""
    found: dict[str, Scalar] = {
        name: properties[name][:MAX_VALUE_LENGTH] for name in KEPT if name in properties
    }
    if "spark.master" in found:
        found["spark.master"] = kind_of_master(properties["spark.master"])
    return redact_values(found)


def kind_of_master(master: str) -> str:
    """Which cluster manager it is, and how many threads a local one has; not where it is."""
    found = _MASTER.match(master)
    return found[0] if found else "other"
