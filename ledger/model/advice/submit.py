"""A cluster as the options of `spark-submit`."""

import shlex

from ledger.model.advice.clusters import Cluster

FOR_EXECUTORS = 0.75
"""Share of a node's memory; the rest is for its system and for the manager of its resources."""

OVERHEAD = 0.1
"""Of an executor's memory on top of its heap (spark.executor.memoryOverheadFactor)."""

LEAST_OVERHEAD_MEBIBYTES = 384

_MEBIBYTE = 2**20


def spark_submit(
    cluster: Cluster, *, name: str, application: str = "app.py", arguments: tuple[str, ...] = ()
) -> str:
    """A command line that runs a job on a cluster: one executor on each node, with all its cores.

    What the records do not say of the nodes is left to the cluster's own settings.

    Args:
        cluster: the cluster.
        name: of the job, under which its runs are contributed.
        application: the file that Spark runs.
        arguments: its arguments.

    Source: Apache Spark, Submitting Applications; Running Spark on YARN; Configuration.
    """
    words = ["spark-submit", "--name", name, "--num-executors", str(cluster.nodes)]
    if cluster.cores_per_node:
        words += ["--executor-cores", str(cluster.cores_per_node)]
    if cluster.memory_bytes_per_node:
        heap = heap_mebibytes(cluster.memory_bytes_per_node)
        if heap > 0:
            words += ["--executor-memory", f"{heap}m"]
    return shlex.join([*words, application, *arguments])


def heap_mebibytes(memory_bytes: int) -> int:
    """The heap of an executor that has a node to itself, in MiB."""
    whole = int(memory_bytes * FOR_EXECUTORS / _MEBIBYTE)
    return min(int(whole / (1 + OVERHEAD)), whole - LEAST_OVERHEAD_MEBIBYTES)
