"""From archives of jobs to records."""

from collections.abc import Iterator
from pathlib import Path

from ledger.capture.entries import Entry
from ledger.capture.event_log_map import EventLogMap
from ledger.capture.flink_jobs.archive import archive_in
from ledger.capture.flink_jobs.archive import is_archive
from ledger.capture.flink_jobs.errors import FlinkJobError
from ledger.capture.flink_jobs.recording import read_job
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.rows import Row

_OF_APPLICATION = "application-summary"
"""What Flink 2.3 puts beside the archives of an application's jobs, written as they are."""


def row_of_archive(entry: Entry, log_map: EventLogMap) -> Row:
    """The job of an archive as a row, good or bad, for whoever reads several."""
    try:
        return Good(1, 1, read_job(archive_in(entry), log_map))
    except FlinkJobError as error:
        reason = f"{error.message}. {error.hint}" if error.hint else error.message
        return Bad(1, 1, None, reason)


def archives_below(folder: Path) -> Iterator[Path]:
    """The files in a folder, and in folders in it, that begin as archives do, by name."""
    for path in sorted(folder.rglob("*")):
        if path.name != _OF_APPLICATION and path.is_file() and is_archive(entry_of(path)):
            yield path


def entry_of(path: Path) -> Entry:
    """A file of this machine, to be read."""
    return Entry("", path.name, path.stat().st_size, lambda: path.open("rb"))
