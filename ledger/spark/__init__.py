"""One line in a PySpark program, and its runs are contributed when they end.

    from ledger.spark import recorded

    spark = recorded(SparkSession.builder.appName("words")).getOrCreate()

Spark writes its event log into a queue beside the ledger's home folder, from a thread of its own.
At the end of the program another process takes the log from there. So the job waits for nothing,
and needs neither ledger nor chain: what cannot be taken now stays in the queue for the next time.
"""

from ledger.spark.recorded import recorded

__all__ = ["recorded"]
