"""What tasks used: summed for a stage, and for the application."""

from dataclasses import dataclass
from dataclasses import fields
from typing import Any

from ledger.capture.figures import count_of
from ledger.capture.figures import part_of
from ledger.record.schema import MAX_SAFE_INTEGER
from ledger.record.schema import Metrics


@dataclass(slots=True)
class Usage:
    """Sums over tasks; bytes, nanoseconds of CPU time, milliseconds of garbage collection."""

    cpu_nanoseconds: int = 0
    gc_milliseconds: int = 0
    read: int = 0
    written: int = 0
    shuffle_read: int = 0
    shuffle_written: int = 0
    spilled: int = 0

    def add(self, other: "Usage") -> None:
        """Add what others used."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def metrics(self, peak_memory_bytes: int = 0) -> Metrics:
        """The same as the metrics of a record.

        Raises:
            ValueError: a sum is beyond all measure.
        """
        if max(getattr(self, each.name) for each in fields(self)) > MAX_SAFE_INTEGER:
            raise ValueError("what tasks used adds up to more than anything holds")
        return Metrics(
            cpu_seconds=self.cpu_nanoseconds / 1e9,
            peak_memory_bytes=peak_memory_bytes or None,
            read_bytes=self.read,
            written_bytes=self.written,
            shuffle_read_bytes=self.shuffle_read,
            shuffle_written_bytes=self.shuffle_written,
            spilled_bytes=self.spilled,
            gc_seconds=self.gc_milliseconds / 1000,
        )


def usage_of_task(event: dict[str, Any]) -> Usage:
    """What the task of a ``SparkListenerTaskEnd`` used: nothing where its executor was lost.

    Raises:
        ValueError: a figure is none.
    """
    metrics = part_of(event, "Task Metrics")
    return Usage(
        cpu_nanoseconds=count_of(metrics, "Executor CPU Time")
        + count_of(metrics, "Executor Deserialize CPU Time"),
        gc_milliseconds=count_of(metrics, "JVM GC Time"),
        read=count_of(metrics, "Input Metrics", "Bytes Read"),
        written=count_of(metrics, "Output Metrics", "Bytes Written"),
        shuffle_read=count_of(metrics, "Shuffle Read Metrics", "Remote Bytes Read")
        + count_of(metrics, "Shuffle Read Metrics", "Local Bytes Read"),
        shuffle_written=count_of(metrics, "Shuffle Write Metrics", "Shuffle Bytes Written"),
        spilled=count_of(metrics, "Disk Bytes Spilled"),
    )
