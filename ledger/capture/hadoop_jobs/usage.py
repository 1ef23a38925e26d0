"""What a MapReduce job and its two stages used."""

from ledger.capture.hadoop_jobs.counters import OF_MAPS
from ledger.capture.hadoop_jobs.counters import OF_REDUCES
from ledger.capture.hadoop_jobs.counters import TOTAL
from ledger.capture.hadoop_jobs.counters import Counters
from ledger.record.schema import Metrics

_MEBIBYTE = 1 << 20


def usage_of_job(counters: Counters, *, reduces: bool) -> Metrics:
    """What all tasks used, and what was reserved for them.

    Args:
        counters: of the job.
        reduces: whether it has a reduce stage; otherwise maps write the output.
    """
    cores = counters.of_job("VCORES_MILLIS_MAPS", "VCORES_MILLIS_REDUCES")
    memory = counters.of_job("MB_MILLIS_MAPS", "MB_MILLIS_REDUCES")
    return Metrics.model_validate(
        {
            **_of_tasks(counters, TOTAL),
            "shuffle_read_bytes": counters.of("REDUCE_SHUFFLE_BYTES") if reduces else None,
            "shuffle_written_bytes": _shuffled(counters, TOTAL) if reduces else None,
            "read_records": counters.of("MAP_INPUT_RECORDS"),
            "written_records": counters.of(
                "REDUCE_OUTPUT_RECORDS" if reduces else "MAP_OUTPUT_RECORDS"
            ),
            "reserved_core_seconds": _seconds(cores),
            "reserved_memory_byte_seconds": None if memory is None else memory * _MEBIBYTE / 1000,
        }
    )


def usage_of_maps(counters: Counters, *, reduces: bool) -> Metrics:
    """What the map tasks used; for the arguments see `usage_of_job`."""
    return Metrics.model_validate(
        {
            **_of_tasks(counters, OF_MAPS),
            "shuffle_written_bytes": _shuffled(counters, OF_MAPS) if reduces else None,
            "read_records": counters.of("MAP_INPUT_RECORDS", OF_MAPS),
            "written_records": counters.of("MAP_OUTPUT_RECORDS", OF_MAPS),
            "reserved_core_seconds": _seconds(counters.of_job("VCORES_MILLIS_MAPS")),
        }
    )


def usage_of_reduces(counters: Counters) -> Metrics:
    """What the reduce tasks used."""
    return Metrics.model_validate(
        {
            **_of_tasks(counters, OF_REDUCES),
            "shuffle_read_bytes": counters.of("REDUCE_SHUFFLE_BYTES", OF_REDUCES),
            "read_records": counters.of("REDUCE_INPUT_RECORDS", OF_REDUCES),
            "written_records": counters.of("REDUCE_OUTPUT_RECORDS", OF_REDUCES),
            "reserved_core_seconds": _seconds(counters.of_job("VCORES_MILLIS_REDUCES")),
        }
    )


def _of_tasks(counters: Counters, what: str) -> dict[str, float | None]:
    return {
        "cpu_seconds": _seconds(counters.of("CPU_MILLISECONDS", what)),
        "read_bytes": counters.read_bytes(what),
        "written_bytes": counters.written_bytes(what),
        "spilled_records": counters.of("SPILLED_RECORDS", what),
        "gc_seconds": _seconds(counters.of("GC_TIME_MILLIS", what)),
    }


def _shuffled(counters: Counters, what: str) -> int | None:
    return counters.of("MAP_OUTPUT_MATERIALIZED_BYTES", what)


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
