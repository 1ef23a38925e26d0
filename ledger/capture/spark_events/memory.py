"""The memory that an executor is given.

Source: "Spark Properties" in Spark's configuration guide.
"""

import re
from collections.abc import Mapping

from ledger.capture.sizes import bytes_of

_DEFAULT_MEMORY = 1 << 30
_LEAST_OVERHEAD = 384 << 20
_OVERHEAD_FACTOR = 0.1


def executor_bytes(properties: Mapping[str, str]) -> int:
    """What one executor may take: heap, memory outside it, of Python, and overhead.

    YARN and Kubernetes reserve an overhead, also where none is set; elsewhere there is one only if
    it is set. In local mode the driver is the executor.
    """
    master = properties.get("spark.master", "")
    role = "driver" if master.startswith("local") else "executor"

    def given(name: str, unit: str = "m") -> int:
        return bytes_of(properties.get(name, ""), unit=unit) or 0

    heap = given(f"spark.{role}.memory") or _DEFAULT_MEMORY
    overhead = given(f"spark.{role}.memoryOverhead")
    if not overhead and role == "executor" and master.startswith(("yarn", "k8s")):
        overhead = max(_LEAST_OVERHEAD, int(heap * _factor(properties)))
    beside = given("spark.memory.offHeap.size", "b") if _uses_off_heap(properties) else 0
    return heap + overhead + beside + given("spark.executor.pyspark.memory")


def _uses_off_heap(properties: Mapping[str, str]) -> bool:
    return properties.get("spark.memory.offHeap.enabled", "").lower() == "true"


def _factor(properties: Mapping[str, str]) -> float:
    text = properties.get("spark.executor.memoryOverheadFactor", "")
    return float(text) if re.fullmatch(r"[01]?\.\d{1,6}", text) else _OVERHEAD_FACTOR
