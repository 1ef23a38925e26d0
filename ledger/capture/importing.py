"""What a path on the command line stands for: a file, or each event log or archive in a folder."""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ledger.capture.flink_jobs.archive import is_archive
from ledger.capture.flink_jobs.reading import archives_below
from ledger.capture.flink_jobs.reading import entry_of
from ledger.capture.flink_jobs.reading import row_of_archive
from ledger.capture.mapping import Mapping
from ledger.capture.rows import Row
from ledger.capture.source import Progress
from ledger.capture.source import content_at
from ledger.capture.spark_events.parts import EventLog
from ledger.capture.spark_events.places import holds_event_logs
from ledger.capture.spark_events.places import logs_in_folder
from ledger.capture.spark_events.places import logs_of_content
from ledger.capture.spark_events.reading import Reading
from ledger.capture.spark_events.reading import rows_of_logs
from ledger.capture.tables import read_table
from ledger.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Importable:
    """Something that holds records.

    Attributes:
        path: where it is.
        size: in bytes, as it is stored.
        rows: reads it; what is told meanwhile is how many bytes were consumed.
    """

    path: Path
    size: int
    rows: Callable[[Progress], Iterator[Row]]


def importables(
    path: Path, mapping: Mapping | None = None, *, killed: bool = False
) -> Iterator[Importable]:
    """What a path stands for.

    Args:
        path: a table, an event log, a ZIP of event logs, an archive of Flink, or a folder of them.
        mapping: how each is read.
        killed: take applications without an end as killed.

    Raises:
        NotFoundError: there is nothing, or no event log in the folder.
        TableError: it cannot be read.
    """
    how = Reading.by(mapping, killed=killed)
    if path.is_dir():
        yield from _in_folder(path, how)
        return
    content = content_at(path)
    size = path.stat().st_size
    if is_archive(entry_of(path)):
        yield _archive(path, how)
        return
    if not holds_event_logs(content):
        yield Importable(path, size, lambda told: read_table(path, mapping, progress=told))
        return
    logs = partial(logs_of_content, content, size)
    yield Importable(path, size, lambda told: rows_of_logs(logs(), how, told))


def _in_folder(folder: Path, how: Reading) -> Iterator[Importable]:
    found = False
    for log in logs_in_folder(folder):
        found = True
        at = folder if log.name == folder.name else folder / log.name
        yield Importable(at, log.size, partial(_rows, log, how))
    for each in archives_below(folder):
        found = True
        yield _archive(each, how)
    if not found:
        raise NotFoundError(
            f"there is no event log in the folder {str(folder)!r}",
            hint="Name the files themselves; of folders, event logs of Spark and archives of Flink "
            "are read.",
        )


def _archive(path: Path, how: Reading) -> Importable:
    entry = entry_of(path)

    def rows(told: Progress) -> Iterator[Row]:
        yield row_of_archive(entry, how.log_map)
        told(entry.size)

    return Importable(path, entry.size, rows)


def _rows(log: EventLog, how: Reading, told: Progress) -> Iterator[Row]:
    return rows_of_logs(iter([log]), how, told)
