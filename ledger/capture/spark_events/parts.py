"""An event log as the files it is made of: one, or several where Spark rolls them.

Of a rolling log, Spark writes files ``events_1_…``, ``events_2_…`` in a folder ``eventlog_v2_…``.
The History Server may compact the older ones into one whose name ends in ``.compact``, and leaves
out of it what finished jobs and removed executors did.

Source: EventLogFileWriters.scala and EventLogFileReaders.scala of Apache Spark.
"""

import re
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.capture.entries import Entry
from ledger.capture.spark_events.errors import EventLogError

ROLLING_PREFIX = "eventlog_v2_"
_EVENTS = re.compile(r"events_(?P<index>\d{1,9})_.*?(?P<compact>\.compact)?$")
_STATUS_PREFIX = "appstatus_"
_IN_PROGRESS = ".inprogress"


@dataclass(frozen=True, slots=True)
class EventLog:
    """An event log.

    Attributes:
        name: of its file, or of its folder where it rolls.
        parts: in the order in which they were written.
        in_progress: whether Spark has not said yet that it is whole.
        compacted: whether parts of what happened were left out.
        missing: parts that should be here and are not.
        within: what it is in, together with others; "": nothing.
    """

    name: str
    parts: tuple[Entry, ...]
    in_progress: bool = False
    compacted: bool = False
    missing: tuple[int, ...] = ()
    within: str = ""

    @property
    def size(self) -> int:
        """Of all parts, in bytes as they are stored."""
        return sum(part.size for part in self.parts)

    @property
    def changed(self) -> str:
        """Tells this content from later ones."""
        return " ".join(f"{part.name}:{part.size}:{part.changed}" for part in self.parts[-1:])

    def require_whole(self) -> None:
        """Check that no part is missing.

        Raises:
            EventLogError: naming those that are.
        """
        if self.missing:
            listed = ", ".join(map(str, self.missing[:10]))
            raise EventLogError(
                f"{self.name} lacks its part {listed}",
                hint="Copy the whole folder of the rolling log.",
            )


def logs_among(entries: Iterable[Entry]) -> Iterator[EventLog]:
    """The logs that files may be, by their names; whether they are is for their content to say."""
    rolling: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.name.startswith((".", "_")) or entry.name.endswith(".crc"):
            continue  # checksums and marks of Hadoop's file systems
        if entry.folder.startswith(ROLLING_PREFIX):
            rolling.setdefault(entry.folder, []).append(entry)
        elif not entry.name.startswith(_STATUS_PREFIX):
            yield EventLog(entry.name, (entry,), in_progress=entry.name.endswith(_IN_PROGRESS))
    for folder, files in rolling.items():
        if log := rolling_log(folder, files):
            yield log


def rolling_log(folder: str, files: Iterable[Entry]) -> EventLog | None:
    """The log of a folder's files; None: it has no part of one."""
    files = list(files)
    found = [
        (match, file)
        for file in files
        # What the History Server has not compacted to the end is no part yet.
        if (match := _EVENTS.match(file.name)) and not file.name.endswith(_IN_PROGRESS)
    ]
    if not found:
        return None
    compacted = max((int(match["index"]) for match, _ in found if match["compact"]), default=0)
    parts = {
        int(match["index"]): file
        for match, file in found
        if int(match["index"]) > compacted
        or (match["compact"] and int(match["index"]) == compacted)
    }
    last = max(parts)
    missing = [index for index in range(compacted or 1, min(last, 10**6)) if index not in parts]
    return EventLog(
        folder,
        tuple(parts[index] for index in sorted(parts)),
        in_progress=any(
            file.name.startswith(_STATUS_PREFIX) and file.name.endswith(_IN_PROGRESS)
            for file in files
        ),
        compacted=bool(compacted),
        missing=tuple(missing[:100]),
    )
