"""Where logs are: a file, the folder of a rolling log, a folder of logs, a ZIP of any of these."""

import io
import zipfile
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from pathlib import PurePosixPath
from typing import IO
from typing import BinaryIO
from typing import cast

from ledger.capture.entries import Entry
from ledger.capture.source import Content
from ledger.capture.spark_events.compression import LEAST_CHECKED_BYTES
from ledger.capture.spark_events.compression import MOST_RATIO
from ledger.capture.spark_events.errors import UnreadableLogError
from ledger.capture.spark_events.parts import ROLLING_PREFIX
from ledger.capture.spark_events.parts import EventLog
from ledger.capture.spark_events.parts import logs_among
from ledger.capture.spark_events.parts import rolling_log
from ledger.capture.spark_events.reading import is_event_log

ZIP_MAGIC = b"PK\x03\x04"
MOST_ENTRIES = 2_000
"""Of a ZIP, whose directory is read again for each."""


def log_of_content(content: Content, size: int = 0) -> EventLog:
    """A content as a log of its own."""
    return EventLog(content.name or "the log", (Entry("", content.name, size, content.open),))


def logs_of_content(content: Content, size: int = 0) -> Iterator[EventLog]:
    """The logs in a content: of a ZIP those in it, else itself.

    Raises:
        UnreadableLogError: a ZIP that is damaged, or in which there is none.
    """
    if content.begin_as_stored(len(ZIP_MAGIC)) != ZIP_MAGIC:
        return iter([log_of_content(content, size)])
    logs = logs_in_zip(content)
    first = next(logs, None)
    if first is None:
        raise UnreadableLogError(
            f"there is no event log in {content.name or 'the ZIP'}",
            hint="A ZIP is read where it holds event logs, as the History Server gives them.",
        )
    return chain([first], logs)


def holds_event_logs(content: Content) -> bool:
    """Whether a content is an event log, or a ZIP, which can be nothing else here."""
    start = content.begin_as_stored(len(ZIP_MAGIC))
    return start == ZIP_MAGIC or is_event_log(Entry("", content.name, 0, content.open))


def logs_in_folder(folder: Path) -> Iterator[EventLog]:
    """The logs in a folder, by name; files that are none are left out.

    A folder ``eventlog_v2_…`` is one rolling log. Other folders in it are not looked into.

    Raises:
        UnreadableLogError: the folder cannot be read.
    """
    if log := _rolling(folder):
        yield log
        return
    entries: list[Entry] = []
    for path in _listed(folder):
        if path.is_dir() and path.name.startswith(ROLLING_PREFIX):
            entries += [_entry(path.name, each) for each in _listed(path) if each.is_file()]
        elif path.is_file():
            entries.append(_entry("", path))
    yield from _begun_well(logs_among(entries))


def logs_in_zip(content: Content) -> Iterator[EventLog]:
    """The logs in a ZIP, as the History Server gives them for download.

    Raises:
        UnreadableLogError: it is damaged, or grows beyond measure when it is unpacked.
    """
    try:
        with content.open() as stream, zipfile.ZipFile(stream) as archive:
            found = [each for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableLogError(
            f"{content.name} is no ZIP: {error}", hint="Download it again."
        ) from error
    if len(found) > MOST_ENTRIES:
        raise UnreadableLogError(f"{content.name} has more than {MOST_ENTRIES:,} files")
    for each in found:
        if each.file_size > max(LEAST_CHECKED_BYTES, MOST_RATIO * each.compress_size):
            raise UnreadableLogError(
                f"{each.filename[:100]} grows to more than {MOST_RATIO} times its size",
                hint="No event log does; this ZIP is not read.",
            )
    for log in _begun_well(logs_among(_zipped(content, each) for each in found)):
        yield replace(log, within=content.name or "the ZIP")


def _zipped(content: Content, info: zipfile.ZipInfo) -> Entry:
    path = PurePosixPath(info.filename)
    return Entry(path.parent.name, path.name, info.file_size, lambda: _opened(content, info))


def _opened(content: Content, info: zipfile.ZipInfo) -> BinaryIO:
    """A file of a ZIP as a stream that closes its archive with itself."""
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(stack.enter_context(content.open())))
            stream = stack.enter_context(archive.open(info))
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
            raise UnreadableLogError(
                f"{info.filename[:100]} cannot be unpacked: {error}", hint="Download it again."
            ) from error
        return cast("BinaryIO", _Closing(stream, stack.pop_all()))


class _Closing(io.BufferedReader):
    """Closes what it stands on with itself."""

    def __init__(self, stream: IO[bytes], below: ExitStack) -> None:
        super().__init__(cast("io.RawIOBase", stream))
        self._below = below

    def close(self) -> None:
        super().close()
        self._below.close()


def _rolling(folder: Path) -> EventLog | None:
    """A folder that is a rolling log, also where it was renamed: by the names of its files."""
    return rolling_log(
        folder.name, [_entry(folder.name, path) for path in _listed(folder) if path.is_file()]
    )


def _begun_well(logs: Iterable[EventLog]) -> Iterator[EventLog]:
    return (log for log in logs if log.parts[0].folder or is_event_log(log.parts[0]))


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise UnreadableLogError(
            f"{str(folder)!r} cannot be read: {error.strerror}", hint="Check its permissions."
        ) from error


def _entry(folder: str, path: Path) -> Entry:
    return Entry(folder, path.name, *_of(path))


def _of(path: Path) -> tuple[int, Callable[[], BinaryIO], str]:
    status = path.stat()
    return status.st_size, lambda: path.open("rb"), str(status.st_mtime_ns)
