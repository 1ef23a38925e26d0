"""Sizes as Spark's settings have them, and the memory that an executor is given.

Source: "Spark Properties" in Spark's configuration guide; `JavaUtils.byteStringAs` for the units.
"""

import re
from collections.abc import Mapping

from ledger.record.schema import MAX_SAFE_INTEGER

_SIZE = re.compile(r"\s*(\d{1,12})\s*([bkmgtp]?)b?\s*", re.IGNORECASE)
_POWER = {"b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50}

_DEFAULT_MEMORY = 1 << 30
_LEAST_OVERHEAD = 384 << 20
_OVERHEAD_FACTOR = 0.1


def bytes_of(text: str, *, unit: str = "m") -> int | None:
    """A size such as ``4g`` or ``512m`` in bytes (binary units); None: it is none.

    Args:
        text: as in the setting.
        unit: what it is in where it does not say.
    """
    found = _SIZE.fullmatch(text)
    if not found:
        return None
    size = int(found[1]) << _POWER[(found[2] or unit).lower()]
    return size if 0 < size <= MAX_SAFE_INTEGER else None


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
