"""A folder of event logs: on this machine, or wherever fsspec reaches (s3://, hdfs://, gs://)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any
from typing import BinaryIO
from typing import cast
from urllib.parse import urlsplit

from ledger.capture.spark_events.parts import ROLLING_PREFIX
from ledger.capture.spark_events.parts import Entry
from ledger.capture.spark_events.parts import EventLog
from ledger.capture.spark_events.parts import logs_among
from ledger.capture.spark_events.reading import is_event_log
from ledger.errors import InvalidInputError
from ledger.watch.source import IN_PROGRESS
from ledger.watch.source import Candidate
from ledger.watch.source import SourceUnavailableError

_MOMENTS = ("mtime", "LastModified", "last_modified", "modified", "updated", "created")
"""What file systems call the time of the last change."""

_MARKS = ("ETag", "etag", "md5Hash", "ino")


class FolderURLError(InvalidInputError):
    """A URL names no folder that can be watched."""


class Folder:
    """The folder in which applications write their logs (``spark.eventLog.dir``).

    Args:
        url: a path, or a URL as fsspec takes it.

    Raises:
        FolderURLError: nothing here reads such URLs.
    """

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        try:
            self._files, self._path = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise FolderURLError(
                f"{_shown(url)!r} cannot be read: {error}",
                hint="Install what fsspec needs for it, e.g. `pip install s3fs` for s3://.",
            ) from error
        self.url = _shown(str(self._files.unstrip_protocol(self._path)))
        self._looked: dict[str, bool] = {}

    def candidates(self) -> Iterator[Candidate]:
        """The logs that are in it, finished or not.

        Raises:
            SourceUnavailableError: it cannot be listed.
        """
        looked, self._looked = self._looked, {}
        for log in logs_among(self._entries()):
            # A look into a file costs a request, so each of its states is looked at once.
            key = f"{log.name} {log.changed}"
            is_log = True if log.parts[0].folder else looked.get(key)
            self._looked[key] = is_event_log(log.parts[0]) if is_log is None else is_log
            if not self._looked[key]:
                continue
            moments = [float(part.changed.partition(" ")[0] or 0) for part in log.parts]
            yield Candidate(
                log.name.removesuffix(IN_PROGRESS),
                f"{log.changed}{' …' if log.in_progress else ''}",
                max(moments) or None,
                log.in_progress,
                log.size,
                partial(_as_it_is, log),
            )

    def _entries(self) -> Iterator[Entry]:
        for each in self._listed(self._path):
            name = _name(each)
            if each["type"] == "directory":
                if name.startswith(ROLLING_PREFIX):
                    inner = self._listed(each["name"])
                    yield from (self._entry(name, file) for file in inner)
            else:
                yield self._entry("", each)

    def _listed(self, path: str) -> list[dict[str, Any]]:
        try:
            self._files.invalidate_cache(path)
            return sorted(self._files.ls(path, detail=True), key=_name)
        except Exception as error:  # each file system has errors of its own
            raise SourceUnavailableError(
                f"{self.url} cannot be looked at: {error}",
                hint="Check the path, its permissions, and what gives access to it.",
            ) from error

    def _entry(self, folder: str, file: dict[str, Any]) -> Entry:
        marks = " ".join(str(file[each]) for each in _MARKS if each in file)
        changed = f"{_moment(file)} {marks}".rstrip()
        return Entry(
            folder,
            _name(file),
            int(file["size"] or 0),
            partial(self._opened, file["name"]),
            changed,
        )

    def _opened(self, path: str) -> BinaryIO:
        try:
            return cast("BinaryIO", self._files.open(path, "rb"))
        except Exception as error:  # each file system has errors of its own
            raise SourceUnavailableError(
                f"{_shown(path)} cannot be read: {error}", hint="It is tried again."
            ) from error


@contextmanager
def _as_it_is(log: EventLog) -> Iterator[EventLog]:
    yield log


def _name(file: dict[str, Any]) -> str:
    return str(file["name"]).rstrip("/").rpartition("/")[2]


def _moment(file: dict[str, Any]) -> float:
    found = next((file[each] for each in _MOMENTS if file.get(each)), 0.0)
    if isinstance(found, datetime):
        return found.timestamp()
    try:
        return float(found)
    except ValueError:
        return datetime.fromisoformat(str(found)).timestamp()


def _shown(url: str) -> str:
    """A URL without credentials."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl()[:500]
